"""How firm the winner is, as REST gives it (V10)."""

from __future__ import annotations

from typing import Any

from rest_framework import serializers

from scorecard import firmness, queries
from scorecard.models import Simulation
from scorecard.queries import Matrix
from scorecard.simulation import packed


class WeightFlipSerializer(serializers.Serializer):
    """One weight at a whole percent, the others scaled: who leads then (empty: a draw)."""

    at = serializers.IntegerField()
    leader = serializers.CharField(allow_blank=True)


class WeightRangeSerializer(serializers.Serializer):
    """From which to which weight the leader holds: exact, as fractions "50/3" in percent."""

    criterion = serializers.IntegerField()
    weight = serializers.IntegerField()
    low = serializers.CharField()
    high = serializers.CharField()
    flips = WeightFlipSerializer(many=True)


class RatingFlipSerializer(serializers.Serializer):
    vendor = serializers.IntegerField(source="vendor.pk")
    criterion = serializers.IntegerField(source="criterion.pk")
    rater = serializers.CharField()
    was = serializers.IntegerField()
    now = serializers.IntegerField()
    leader = serializers.CharField(source="to", allow_blank=True)


class WithoutRaterSerializer(serializers.Serializer):
    rater = serializers.CharField()
    leader = serializers.CharField(allow_blank=True)
    lead = serializers.CharField()
    changes = serializers.BooleanField()
    is_open = serializers.BooleanField(help_text="A cell would have no rating left: nothing can be said.")


class SpreadSerializer(serializers.Serializer):
    vendor = serializers.IntegerField(source="vendor.pk")
    criterion = serializers.IntegerField(source="criterion.pk")
    low = serializers.IntegerField()
    high = serializers.IntegerField()
    deviation = serializers.CharField()


class ShareSerializer(serializers.Serializer):
    """How often a vendor led, in percent; `vendor` empty: a draw, or all eliminated."""

    vendor = serializers.CharField(allow_blank=True)
    percent = serializers.DecimalField(max_digits=5, decimal_places=2)
    error = serializers.DecimalField(max_digits=5, decimal_places=2, help_text="Standard error, in percent points.")


class SimulationSerializer(serializers.ModelSerializer):
    """`shares` is empty until the job is done; `is_stale`: ratings or weights changed since."""

    shares = ShareSerializer(many=True, read_only=True)
    is_stale = serializers.BooleanField(read_only=True)

    class Meta:
        model = Simulation
        fields = ["draws", "weight_noise", "rating_noise", "seed", "at", "finished_at", "job", "shares", "is_stale"]
        read_only_fields = ["at", "finished_at", "job"]
        extra_kwargs = {"seed": {"required": False, "allow_blank": True}}


class FirmnessSerializer(serializers.Serializer):
    """How firm the winner is (V10); the lists are empty until every rating is in."""

    finding = serializers.CharField()
    leader = serializers.CharField(allow_blank=True)
    lead = serializers.CharField(allow_blank=True)
    margin = serializers.CharField()
    is_clear = serializers.BooleanField()
    weights = WeightRangeSerializer(many=True)
    ratings = RatingFlipSerializer(many=True)
    raters = WithoutRaterSerializer(many=True)
    spreads = SpreadSerializer(many=True)
    alpha = serializers.CharField(allow_blank=True, help_text="Krippendorff's alpha, ordinal; empty: cannot tell.")
    simulation = SimulationSerializer(allow_null=True)


def firmness_data(matrix: Matrix) -> Any:
    """The whole answer; the reader is not blind to the matrix."""
    firm = firmness.build(matrix)
    weights = [
        {
            "criterion": one.criterion.pk,
            "weight": one.criterion.weight,
            "low": str(one.range.low),
            "high": str(one.range.high),
            "flips": [{"at": flip.at, "leader": name} for flip, name in one.flips],
        }
        for one in firm.weights
    ]
    named = {name: getattr(firm, name) for name in ("finding", "lead", "margin", "is_clear", "alpha")}
    rows = {name: getattr(firm, name) for name in ("ratings", "raters", "spreads")}
    leader = firm.leader.name if firm.leader else ""
    last = matrix.card.simulations.first()
    simulation = simulation_shown(last, matrix) if last else None
    return FirmnessSerializer({**named, **rows, "leader": leader, "weights": weights, "simulation": simulation}).data


def simulation_shown(one: Simulation, matrix: Matrix) -> Simulation:
    """The simulation with what is computed for its reader."""
    one.shares = firmness.shares(one, matrix) if one.finished_at else []  # type: ignore[attr-defined]
    one.is_stale = one.inputs != packed(queries.panel_of(matrix))  # type: ignore[attr-defined]
    return one
