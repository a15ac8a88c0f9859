"""The profile of the command line names its functions, the dearest first."""

from crmprogram.bench import hygiene
from crmprogram.bench.profiled import Spent, table


def test_profile_says_where_the_time_goes(capsys):
    assert hygiene.main(["--rows", "60", "--profile"]) == 0

    head, _, *lines = capsys.readouterr().out.strip().splitlines()
    own = [float(line.split("|")[3]) for line in lines]
    assert head.startswith("| 60 rows, ")
    assert len(lines) == 12
    assert own == sorted(own, reverse=True)


def test_functions_are_named_as_they_are_looked_for():
    made = table(1_000, 2.5, [Spent("hygiene.text.fold", 1_200, 0.25, 0.5)])

    assert made.splitlines()[-1] == "| `hygiene.text.fold` | 1,200 | 0.25 | 0.50 |"
