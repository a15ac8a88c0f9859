"""The pages on which a new program is described, one form each."""

from __future__ import annotations

from collections.abc import Iterable
from dataclasses import dataclass
from typing import Any

from django import forms
from django.core.exceptions import ValidationError

from crmprogram.program import clock, waves
from crmprogram.program.models import Function, Program, ProgramDraft, Team, User
from crmprogram.program.presets import PRESETS, STANDARD
from crmprogram.program.services import check_lead_sources
from crmprogram.web.forms_program import REFUSALS, DateField, ProgramForm, take_refusal

TEAM_ROWS, TEAM_ROWS_AT_MOST = 3, 40


class PartForm(ProgramForm):
    """Some of the fields of a program."""

    part: tuple[str, ...] = ()

    def __init__(self, *args: Any, **kwargs: Any) -> None:
        super().__init__(*args, **kwargs)
        self.fields = {name: self.fields[name] for name in self.part}


class CompanyForm(PartForm):
    part = ("company", "industry", "name", "kind", "seats", "function")

    function = forms.ChoiceField(
        choices=Function,
        initial=Function.OPERATIONS,
        label="Your function",
        help_text="You become its Sales Ops Manager.",
    )


class MoneyForm(PartForm):
    part = ("currency", "yearly_revenue", "lead_sources")

    def clean(self) -> dict[str, Any]:
        data = super().clean()
        try:
            check_lead_sources(data.get("lead_sources") or {})
        except REFUSALS as refusal:
            take_refusal(self, refusal)
        return data


class DatesForm(PartForm):
    part = ("time_zone", "starts_on", "go_live_on", "platform_chosen", "platform_name")


class TeamRow(forms.ModelForm):
    """One team; a row without a name and without seats is no team."""

    go_live_on = DateField(label="Go-live", required=False)

    class Meta:
        model = Team
        fields = ("name", "function", "region", "seats", "wave", "go_live_on")

    def __init__(self, *args: Any, **kwargs: Any) -> None:
        super().__init__(*args, **kwargs)
        for name in ("function", "wave"):  # with their first value in them, so a row of these alone is blank
            self.fields[name].required = False

    def clean_function(self) -> str:
        return self.cleaned_data["function"] or Function.SALES

    def clean_wave(self) -> int:
        return self.cleaned_data["wave"] or 1

    def has_changed(self) -> bool:
        return bool({"name", "seats", "region", "go_live_on"} & set(self.changed_data))


class TeamRows(forms.BaseFormSet):
    """The teams; `starts_on` is what the page before said, no go-live of a new rollout lies before it."""

    starts_on: Any = None

    def clean(self) -> None:
        seen: set[str] = set()
        for form in self.forms:
            data = getattr(form, "cleaned_data", {})
            name, live = str(data.get("name", "")).casefold(), data.get("go_live_on")
            if name and name in seen:
                form.add_error("name", "There is a team called so already.")
            seen.add(name)
            if self.starts_on and live and live < self.starts_on:
                form.add_error("go_live_on", f"It lies before the start of the program, {self.starts_on}.")

    @property
    def teams(self) -> list[dict[str, Any]]:
        return [form.cleaned_data for form in self.forms if form.has_changed()]


class ThresholdsForm(forms.Form):
    thresholds = forms.ChoiceField(
        label="Template of thresholds", choices=[], widget=forms.RadioSelect, initial=STANDARD
    )

    def __init__(self, *args: Any, **kwargs: Any) -> None:
        super().__init__(*args, **kwargs)
        self.fields["thresholds"].choices = [(one.key, one.label) for one in PRESETS.values()]


@dataclass(frozen=True)
class Page:
    """A page of the way: its key in the address, its name on the line, the question it asks."""

    key: str
    name: str
    heading: str
    lead: str


PAGES = (
    Page(
        "company",
        "Company",
        "Whose CRM is it, and how large?",
        "The seats decide how long the program is expected to take, and what it needs.",
    ),
    Page(
        "money",
        "Money and leads",
        "What does the company earn, and where do leads come from?",
        "Revenue is what the cost of the CRM is held against. Where half of all leads come through one channel, "
        "vendors made for it are proposed.",
    ),
    Page(
        "dates",
        "Dates and platform",
        "When does it start, and is the platform chosen?",
        "Without a target the go-live is forecast from the pace of the phases.",
    ),
    Page(
        "teams",
        "Teams and waves",
        "Who goes live, and in which wave?",
        "Sales first, then customer success; marketing integrates rather than rolls out. It can be left for later.",
    ),
    Page(
        "thresholds",
        "Thresholds",
        "When is it good enough?",
        "A template asks for what the method says, or for more. To ask for less is the sponsor's signed decision.",
    ),
    Page(
        "check",
        "Read and start",
        "Read it once more, then start",
        "Nothing here is final: the settings can be changed, and every change is in the history.",
    ),
)
KEYS = [page.key for page in PAGES]
FORMS: dict[str, type[Any]] = {
    "company": CompanyForm,
    "money": MoneyForm,
    "dates": DatesForm,
    "thresholds": ThresholdsForm,
}
FORMSET = forms.formset_factory(TeamRow, TeamRows, extra=TEAM_ROWS, max_num=TEAM_ROWS_AT_MOST, absolute_max=60)


def neighbour(key: str, step: int) -> str:
    """The page before (-1) or after (1), the page itself at the ends."""
    return KEYS[min(max(KEYS.index(key) + step, 0), len(KEYS) - 1)]


class Draft:
    """The answers so far, with the forms that read them."""

    def __init__(self, stored: ProgramDraft, user: User) -> None:
        self.stored, self.user = stored, user

    def is_answered(self, key: str) -> bool:
        return key in self.stored.answers

    def form(self, key: str, answers: dict[str, str] | None = None) -> Any:
        """The page's form with what was typed; a fresh one where nothing was."""
        typed = answers if answers is not None else self.stored.answers.get(key)
        if key == "teams":
            rows = FORMSET(typed, prefix="team", form_kwargs={"empty_permitted": True, "use_required_attribute": False})
            rows.starts_on = self._starts_on()
            return rows
        if typed is not None:
            return FORMS[key](typed)
        zone = self.user.time_zone or "UTC"
        return FORMS[key](initial={"starts_on": clock.today(), "time_zone": zone} if key == "dates" else None)

    def values(self, key: str) -> dict[str, Any]:
        """The page's answers as values; of a page that was never opened what it offers. {} when it does not hold."""
        form = self.form(key)
        if form.is_bound:
            if not form.is_valid():
                return {}
            return {"teams": form.teams} if key == "teams" else dict(form.cleaned_data)
        return {"teams": {"teams": []}, "thresholds": {"thresholds": STANDARD}}.get(key, {})

    def problems(self) -> dict[str, list[str]]:
        """What keeps the program from starting, by page."""
        found = {}
        for key in KEYS[:-1]:
            form = self.form(key)
            if form.is_bound and not form.is_valid():
                found[key] = list(_sentences(form))
            elif not form.is_bound and key in {"company", "dates"}:
                found[key] = ["Nothing is answered here yet."]
            elif not form.is_bound and key == "money":
                found[key] = ["The currency is not said yet."]
        return found

    def all_values(self) -> dict[str, Any]:
        """Everything `create_program` takes; ask `problems` first."""
        found: dict[str, Any] = {}
        for key in KEYS[:-1]:
            found |= self.values(key)
        return found

    @property
    def program(self) -> Program:
        """The program as described so far, unsaved: its size band and expected months."""
        known = {name: value for key in ("company", "money", "dates") for name, value in self.values(key).items()}
        known.pop("function", None)
        return Program(**{"seats": 1, "starts_on": clock.today(), **known})

    @property
    def teams(self) -> list[Team]:
        return [Team(**one) for one in self.values("teams").get("teams", [])]

    @property
    def advice(self) -> waves.WaveAdvice:
        return waves.advise(self.teams)

    @property
    def warnings(self) -> list[str]:
        return waves.order_warnings(self.teams)

    def _starts_on(self) -> Any:
        dates = FORMS["dates"](self.stored.answers.get("dates", {}))
        dates.is_valid()
        is_rescue = self.stored.answers.get("company", {}).get("kind") == "rescue"  # it finds a CRM in use
        return None if is_rescue else dates.cleaned_data.get("starts_on")


def _sentences(form: Any) -> Iterable[str]:
    """Every refusal of a form or a set of rows, with the field it is about."""
    if isinstance(form, forms.BaseFormSet):
        for no, row in enumerate(form.forms, 1):
            yield from (f"Row {no}, {said}" for said in _sentences(row))
        yield from (str(one) for one in form.non_form_errors())
        return
    for name, errors in form.errors.items():
        label = form.fields[name].label if name in form.fields else ""
        yield from (f"{label}: {error}" if label else str(error) for error in errors)


def typed(data: Any) -> dict[str, str]:
    """What was typed into a page, without what only steers it."""
    return {name: value for name, value in data.items() if name not in {"csrfmiddlewaretoken", "go"}}


def one_more_row(answers: dict[str, str]) -> dict[str, str]:
    """The rows with another blank one; raises ValidationError at the most there can be."""
    rows = int(answers.get("team-TOTAL_FORMS") or 0)
    if rows >= TEAM_ROWS_AT_MOST:
        raise ValidationError(f"{TEAM_ROWS_AT_MOST} teams at most here. Add more once the program is there.")
    return {**answers, "team-TOTAL_FORMS": str(rows + 1)}
