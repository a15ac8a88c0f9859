"""Start a program: page by page, back and forth, with nothing lost."""

from __future__ import annotations

from typing import Any

from django.contrib import messages
from django.contrib.auth.mixins import LoginRequiredMixin
from django.core.exceptions import ValidationError
from django.http import Http404, HttpRequest, HttpResponse, HttpResponseRedirect
from django.shortcuts import redirect, render
from django.urls import reverse
from django.views import View

from crmprogram.program import drafts
from crmprogram.program.presets import PRESETS, STANDARD
from crmprogram.web.forms_program import REFUSALS
from crmprogram.web.forms_start import KEYS, PAGES, Draft, neighbour, one_more_row, typed


def to(url: str) -> HttpResponse:
    """See other: a page that was posted is not posted again by going back."""
    answer = HttpResponseRedirect(url)
    answer.status_code = 303
    return answer


class NewProgram(LoginRequiredMixin, View):
    """Go on where the person left off. Anybody who may sign in may start a program (P1, P3)."""

    def get(self, request: HttpRequest) -> HttpResponse:
        draft = drafts.draft_of(request.user)
        return redirect("web:program-new-page", page=draft.page if draft.page in KEYS else KEYS[0])


class NewProgramPage(LoginRequiredMixin, View):
    """One page of the way. Every button keeps what was typed; only going on asks that it holds."""

    def dispatch(self, request: HttpRequest, *args: Any, **kwargs: Any) -> HttpResponse:
        if kwargs["page"] not in KEYS:
            raise Http404
        return super().dispatch(request, *args, **kwargs)

    def get(self, request: HttpRequest, page: str) -> HttpResponse:
        draft = Draft(drafts.draft_of(request.user), request.user)
        return self._page(draft, page, None if page == "check" else draft.form(page))

    def post(self, request: HttpRequest, page: str) -> HttpResponse:
        go = request.POST.get("go", "next")
        if page == "check":
            return self._start() if go == "start" else to(self._url(go if go in KEYS else neighbour(page, -1)))
        answers, refusal = typed(request.POST), ""
        if go == "row":
            try:
                answers = one_more_row(answers)
            except ValidationError as error:
                refusal = error.message
        goes_on = go == "next"
        there = neighbour(page, 1) if goes_on else neighbour(page, -1) if go == "back" else go if go in KEYS else page
        form = Draft(drafts.draft_of(request.user), request.user).form(page, answers)
        holds = form.is_valid()
        stored = drafts.keep_answers(
            user=request.user, page=page, answers=answers, next_page=page if goes_on and not holds else there
        )
        if refusal or (goes_on and not holds):
            return self._page(Draft(stored, request.user), page, form, status=422, refusal=refusal)
        return to(self._url(there) + ("#add" if go == "row" else ""))

    def _start(self) -> HttpResponse:
        user = self.request.user
        draft = Draft(drafts.draft_of(user), user)
        if not draft.stored.pk:
            messages.info(self.request, "There is no draft any more: the program was started, or thrown away.")
            return to(reverse("web:programs"))
        if draft.problems():
            return self._page(draft, "check", None, status=422)
        try:
            program = drafts.start_program(by=user, **draft.all_values())
        except REFUSALS as refusal:
            return self._page(draft, "check", None, status=422, refusal=" ".join(_said(refusal)))
        messages.success(self.request, f"{program.name} is there. These are its first steps.")
        return to(reverse("governance:start", args=[program.slug]))

    def _page(self, draft: Draft, key: str, form: Any, status: int = 200, refusal: str = "") -> HttpResponse:
        no = KEYS.index(key)
        problems = draft.problems() if key == "check" else {}
        context = {
            "draft": draft,
            "page": PAGES[no],
            "number": no + 1,
            "pages": [(one, draft.is_answered(one.key)) for one in PAGES],
            "form": form,
            "problems": [(one, problems[one.key]) for one in PAGES if one.key in problems],
            "refusal": refusal,
            "presets": PRESETS.values(),
            "preset": PRESETS.get(draft.values("thresholds").get("thresholds", STANDARD)),
        }
        return render(self.request, "web/program_new.html", context, status=status)

    def _url(self, page: str) -> str:
        return reverse("web:program-new-page", args=[page])


class DropDraft(LoginRequiredMixin, View):
    """Throw the draft away."""

    http_method_names = ["post", "options"]

    def post(self, request: HttpRequest) -> HttpResponse:
        if drafts.drop_draft(user=request.user):
            messages.success(request, "The draft is thrown away.")
        return to(reverse("web:programs"))


def _said(refusal: Exception) -> list[str]:
    return refusal.messages if isinstance(refusal, ValidationError) else [str(refusal)]
