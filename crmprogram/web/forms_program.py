"""Forms of the program floor. What they check for comfort, the services enforce."""

from __future__ import annotations

import re
from datetime import datetime, timedelta
from typing import Any
from zoneinfo import available_timezones

import pycountry
from django import forms
from django.contrib.auth import password_validation
from django.core.exceptions import ValidationError

from crmprogram.program import clock
from crmprogram.program.errors import DomainError, Invalid
from crmprogram.program.models import Function, Membership, Program, Role, Team, User
from crmprogram.web.templatetags.rollout import minor_units

ZONES = sorted(zone for zone in available_timezones() if "/" in zone and not zone.startswith(("Etc/", "SystemV/")))
_SHARE = re.compile(r"^(?P<name>.+?)[\s:=]+(?P<share>\d{1,3})\s*%?$")


def take_refusal(form: forms.BaseForm, error: Exception) -> None:
    """Put what a service refused onto the field it is about, or onto the form."""
    if isinstance(error, ValidationError):
        if hasattr(error, "error_dict"):
            for name, errors in error.error_dict.items():
                form.add_error(name if name in form.fields else None, errors)
        else:
            form.add_error(None, error)
        return
    name = error.details.get("field") if isinstance(error, Invalid) else None
    form.add_error(name if name in form.fields else None, str(error))


REFUSALS = (DomainError, ValidationError)


class DateField(forms.DateField):
    """A day, written with the browser's own calendar."""

    widget = forms.DateInput(attrs={"type": "date"}, format="%Y-%m-%d")


class SharesField(forms.CharField):
    """ "web 40, partner 35, referral 25" ↔ {"web": 40, "partner": 35, "referral": 25} (P1)."""

    def prepare_value(self, value: Any) -> Any:
        return ", ".join(f"{name} {share}" for name, share in value.items()) if isinstance(value, dict) else value

    def to_python(self, value: Any) -> dict[str, int]:
        shares: dict[str, int] = {}
        for part in filter(None, (part.strip() for part in str(value or "").split(","))):
            found = _SHARE.match(part)
            if not found:
                raise ValidationError(f"“{part}” has no share. Write, for example, web 40, partner 60.")
            name = found["name"].strip().lower()
            if name in shares:
                raise ValidationError(f"{name} is named twice.")
            shares[name] = int(found["share"])
        return shares

    def has_changed(self, initial: Any, data: Any) -> bool:
        return self.prepare_value(initial or {}) != (data or "")


class MoneyField(forms.DecimalField):
    """An amount in whole units of the currency ↔ integer minor units; `use_currency` says which currency."""

    currency = ""

    def __init__(self, **kwargs: Any) -> None:
        super().__init__(min_value=0, decimal_places=2, max_digits=17, **kwargs)

    def prepare_value(self, value: Any) -> Any:
        if not isinstance(value, int):
            return value
        whole, rest = divmod(value, minor_units(self.currency))
        return f"{whole}.{rest:02d}" if rest else str(whole)

    def clean(self, value: Any) -> int | None:
        amount = super().clean(str(value).replace(",", "").replace(" ", "") if value else value)
        if amount is None:
            return None
        minor = amount * minor_units(self.currency)
        if minor != int(minor):
            raise ValidationError(f"{self.currency} has no smaller unit: give a whole amount.")
        return int(minor)


def use_currency(form: forms.BaseForm, currency: str) -> None:
    """Have all amounts of the form read and written in `currency`, a code of ISO 4217."""
    for field in form.fields.values():
        if isinstance(field, MoneyField):
            field.currency = currency
            if minor_units(currency) == 1:
                field.widget.attrs["step"] = "1"


class ProgramForm(forms.ModelForm):
    """What a program is (P1)."""

    time_zone = forms.ChoiceField(
        choices=[("UTC", "UTC"), *((zone, zone.replace("_", " ")) for zone in ZONES)],
        help_text="Weeks, days and due times are those of this zone.",
    )
    lead_sources = SharesField(
        required=False,
        label="Where leads come from",
        help_text="Shares in whole percent that sum to 100, for example web 40, partner 35, referral 25.",
    )
    yearly_revenue = MoneyField(required=False, label="Yearly revenue", help_text="In whole units of the currency.")
    starts_on = DateField(label="Starts on")
    go_live_on = DateField(label="Target go-live", required=False)

    class Meta:
        model = Program
        fields = (
            "company",
            "name",
            "kind",
            "seats",
            "industry",
            "currency",
            "yearly_revenue",
            "time_zone",
            "starts_on",
            "go_live_on",
            "lead_sources",
            "platform_chosen",
            "platform_name",
        )
        labels = {
            "name": "Name of the program",
            "kind": "Kind",
            "seats": "Seats",
            "platform_chosen": "The platform is already chosen",
            "platform_name": "Platform",
        }
        help_texts = {
            "seats": "People who will use the CRM. Below 25 is small, up to 200 mid-market, above enterprise.",
            "currency": "Three letters, for example EUR. All money of the program is in it.",
            "platform_chosen": "A rescue, or bought before: Pick is then not applicable, by the sponsor's statement.",
        }

    def __init__(self, *args: Any, **kwargs: Any) -> None:
        super().__init__(*args, **kwargs)
        typed = self.data.get(self.add_prefix("currency")) if self.is_bound else self.instance.currency
        use_currency(self, str(typed or "").upper())  # the currency may be typed with the amount

    def clean_currency(self) -> str:
        code = self.cleaned_data["currency"].upper()
        if pycountry.currencies.get(alpha_3=code) is None:
            raise ValidationError(f"{code} is no currency of ISO 4217.")
        return code

    def clean(self) -> dict[str, Any]:
        data = super().clean()
        start, live = data.get("starts_on"), data.get("go_live_on")
        if start and live and live <= start:
            self.add_error("go_live_on", "The go-live lies before the start, or on it.")
        if data.get("platform_chosen") and not data.get("platform_name"):
            self.add_error("platform_name", "Name the platform that is chosen.")
        return data


class InviteForm(forms.Form):
    """Who is asked in, as what (P3)."""

    email = forms.EmailField(label="E-mail address", max_length=254)
    role = forms.ChoiceField(choices=Role, label="Role", initial=Role.PARTICIPANT)
    function = forms.ChoiceField(choices=Function, label="Function")
    position_title = forms.CharField(
        max_length=80,
        required=False,
        label="Position",
        help_text="A column of the RACI, for example Chief Revenue Officer. Made when it is not there yet.",
    )


class MemberForm(forms.ModelForm):
    """Role, function and team of a member."""

    class Meta:
        model = Membership
        fields = ("role", "function", "team")

    def __init__(self, *args: Any, **kwargs: Any) -> None:
        super().__init__(*args, **kwargs)
        self.fields["team"].queryset = Team.objects.of(self.instance.program)
        self.fields["team"].empty_label = "None"


class TeamForm(forms.ModelForm):
    """A team and the wave it goes live in (P4)."""

    go_live_on = DateField(label="Go-live", required=False)

    class Meta:
        model = Team
        fields = ("name", "function", "region", "seats", "wave", "go_live_on")
        help_texts = {"wave": "Wave 1 goes first: sales, then customer success. Marketing integrates."}

    def clean_name(self) -> str:
        name = self.cleaned_data["name"]
        if Team.objects.of(self.instance.program).filter(name__iexact=name).exclude(pk=self.instance.pk).exists():
            raise ValidationError(f"There is a team called {name} already.")
        return name


class AccountForm(forms.Form):
    """A new account for the bearer of an invitation."""

    full_name = forms.CharField(max_length=150, required=False, label="Full name")
    username = forms.CharField(
        max_length=150,
        label="User name",
        validators=User._meta.get_field("username").validators,
        widget=forms.TextInput(attrs={"autocomplete": "username", "autocapitalize": "none", "spellcheck": "false"}),
        help_text="What you sign in with.",
    )
    password = forms.CharField(
        label="Password",
        strip=False,
        widget=forms.PasswordInput(attrs={"autocomplete": "new-password"}),
        help_text="10 characters or more, not a common one. A sentence is easy to remember and hard to guess.",
    )
    again = forms.CharField(
        label="Password again", strip=False, widget=forms.PasswordInput(attrs={"autocomplete": "new-password"})
    )

    def clean_username(self) -> str:
        username = self.cleaned_data["username"].strip()
        if User.objects.filter(username__iexact=username).exists():
            raise ValidationError("This user name is taken.")
        return username

    def clean(self) -> dict[str, Any]:
        data = super().clean()
        password = data.get("password")
        if password and data.get("again") and password != data["again"]:
            self.add_error("again", "The two passwords differ.")
        elif password:
            try:
                password_validation.validate_password(password, User(username=data.get("username", "")))
            except ValidationError as error:
                self.add_error("password", error)
        return data


class ProfileForm(forms.ModelForm):
    """What a person chooses for themselves."""

    time_zone = forms.ChoiceField(
        choices=[("", "The program's zone"), ("UTC", "UTC"), *((zone, zone.replace("_", " ")) for zone in ZONES)],
        required=False,
        label="Time zone",
    )

    class Meta:
        model = User
        fields = ("first_name", "last_name", "theme", "time_zone", "single_keys", "mail_notices", "mail_digests")
        labels = {
            "single_keys": "Single-key shortcuts",
            "mail_notices": "Mail what is asked of me",
            "mail_digests": "Mail a digest of what I owe",
        }
        help_texts = {
            "single_keys": "One key does something, such as / for search. Off when they get in your way.",
            "mail_notices": "A gate to decide, a decision, a waiver that ends, an escalation.",
            "mail_digests": "Each working day or week, by your role; nothing to say, nothing sent.",
        }


class TokenForm(forms.Form):
    """A machine's key to one program."""

    DAYS = [(7, "7 days"), (30, "30 days"), (90, "90 days"), (365, "a year")]

    name = forms.CharField(
        max_length=80, label="What it is for", help_text="For example nightly export to the warehouse."
    )
    days = forms.TypedChoiceField(choices=DAYS, coerce=int, initial=30, label="Expires after")
    is_read_only = forms.BooleanField(required=False, initial=True, label="May only read")

    def expires_at(self) -> datetime:
        return clock.now() + timedelta(days=self.cleaned_data["days"])
