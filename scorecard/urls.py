"""Pages of Pick under /p/<slug>/."""

from django.urls import path

from scorecard.views import card, costs, decision, evidence, sheet

app_name = "scorecard"

urlpatterns = [
    path("scorecard/", card.MatrixPage.as_view(), name="matrix"),
    path("scorecard/matrix.csv", card.MatrixFile.as_view(), name="matrix-file"),
    path("scorecard/matrix.xlsx", card.MatrixBook.as_view(), name="matrix-book"),
    path("scorecard/firm/", card.FirmPage.as_view(), name="firm"),
    path("scorecard/what-if/", card.WhatIfPage.as_view(), name="what-if"),
    path("scorecard/cells/<int:vendor>/<int:criterion>/", card.CellPage.as_view(), name="cell"),
    path("scorecard/decision/", decision.DecisionPage.as_view(), name="decision"),
    path("scorecard/decision/<int:number>/", decision.SignedPage.as_view(), name="decision-signed"),
    path("scorecard/decision/<int:number>/record.json", decision.SignedFile.as_view(), name="decision-file"),
    path("scorecard/costs/", costs.CostsPage.as_view(), name="costs"),
    path("scorecard/costs/costs.csv", costs.CostsFile.as_view(), name="costs-file"),
    path("scorecard/costs/rfp/", costs.RfpDecision.as_view(), name="rfp"),
    path("scorecard/costs/<int:pk>/", costs.OfferPage.as_view(), name="offer"),
    path("scorecard/criteria/", card.CriteriaPage.as_view(), name="criteria"),
    path("scorecard/criteria/template/", card.CriteriaTemplate.as_view(), name="criteria-template"),
    path("scorecard/criteria/<int:pk>/", card.CriterionPage.as_view(), name="criterion"),
    path("scorecard/raters/", card.Raters.as_view(), name="raters"),
    path("scorecard/sheet/", sheet.SheetPage.as_view(), name="sheet"),
    path("scorecard/sheet/<int:vendor>/", sheet.SheetPage.as_view(), name="sheet-vendor"),
    path("scorecard/sheet/<int:vendor>/<int:criterion>/", sheet.SheetCell.as_view(), name="sheet-cell"),
    path("scorecard/sheet/<int:vendor>/<int:criterion>/file/", sheet.SheetFile.as_view(), name="sheet-file"),
    path("scorecard/ratings/<int:pk>/file/", sheet.EvidenceFile.as_view(), name="evidence-file"),
    path("scorecard/sheet/submit/", sheet.SubmitSheet.as_view(), name="sheet-submit"),
    path("scorecard/vendors/", evidence.VendorsPage.as_view(), name="vendors"),
    path("scorecard/vendors/<int:pk>/", evidence.VendorPage.as_view(), name="vendor"),
    path("scorecard/vendors/<int:pk>/edit/", evidence.EditVendor.as_view(), name="vendor-edit"),
    path("scorecard/vendors/<int:pk>/move/", evidence.MoveVendor.as_view(), name="vendor-move"),
    path("scorecard/vendors/<int:pk>/select/", evidence.SelectVendor.as_view(), name="vendor-select"),
    path("scorecard/vendors/<int:pk>/coverage/", evidence.CoverVendor.as_view(), name="vendor-coverage"),
    path("scorecard/demos/", evidence.DemosPage.as_view(), name="demos"),
    path("scorecard/demos/<int:pk>/", evidence.DemoPage.as_view(), name="demo"),
    path("scorecard/references/add/", evidence.ReferencePage.as_view(), name="reference"),
    path("scorecard/contract/", evidence.ContractPage.as_view(), name="contract"),
    path("scorecard/contract/<int:pk>/file/", evidence.ContractFile.as_view(), name="contract-file"),
]
