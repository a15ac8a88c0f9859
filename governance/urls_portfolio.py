"""Pages across programs."""

from django.urls import path

from governance.views import portfolio

urlpatterns = [
    path("portfolio/", portfolio.Portfolio.as_view(), name="portfolio"),
    path("portfolio.csv", portfolio.PortfolioFile.as_view(), name="portfolio-csv"),
]
