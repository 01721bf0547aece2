"""Rules of the configuration file."""

from __future__ import annotations

from contextlib import closing

import pytest

from messaging_double.models.rules import RuleSource
from messaging_double.server.settings import Settings, SettingsError

DOWN = RuleSource("down", '{"then": {"http": 503}, "times": 1}')
MET = RuleSource("met", '{"then": {"error": {"message": "met"}}, "times": 1}')


def read(tmp_path, toml):
    path = tmp_path / "double.toml"
    path.write_text(toml, "utf-8")
    return Settings.from_sources({}, {}, path).rules


SHOWN = ("name", "origin")


def test_they_are_asked_in_their_order_in_every_tenant_with_counters_of_its_own(start_double, outcomes, rules):
    double = start_double(rules=(DOWN, MET))
    assert rules(double, *SHOWN, tenant="Cust1") == [("down", "file"), ("met", "file")]
    assert double.get("/_mock/v1/tenants").json == {"tenants": []}
    assert outcomes(double, 3, "Cust1") == ["503", "met", "ok"]
    assert outcomes(double, 3, "Cust2") == ["503", "met", "ok"]
    assert rules(double, "used", tenant="Cust1") == [(1,), (1,)]
    double.reset("Cust1")
    assert outcomes(double, 3, "Cust1") == ["503", "met", "ok"]


def test_they_stand_before_those_of_the_api_unless_these_say_otherwise(start_double, make, rules):
    double = start_double(rules=(DOWN, MET))
    make(double, name="after")
    make(double, name="before", position=1)
    assert rules(double, *SHOWN) == [("before", "API"), ("down", "file"), ("met", "file"), ("after", "API")]


def test_a_tenant_can_do_without_them_until_it_is_reset(start_double, outcomes, rules):
    double = start_double(rules=(DOWN, MET))
    assert double.steer("DELETE", "rules/down").status == 204
    assert outcomes(double, 2) == ["met", "ok"]
    double.reset()
    assert double.steer("DELETE", "rules").json == {"deleted": 2}
    assert rules(double) == []
    assert outcomes(double, 1) == ["ok"]
    double.reset()
    assert outcomes(double, 1) == ["503"]


def test_they_live_from_the_tenant_s_first_call_on(start_double, clock, outcomes):
    double = start_double(clock=clock, rules=(RuleSource("down", '{"then": {"http": 503}, "ttl": "1h"}'),))
    clock.advance(hours=2)
    double.plugins()
    clock.advance(seconds=3599)
    assert outcomes(double, 1) == ["503"]
    clock.advance(seconds=1)
    assert outcomes(double, 1) == ["ok"]


def test_they_are_written_as_the_control_api_takes_them(tmp_path):
    toml = """
        [[rules]]
        then = {http = 503}
        [[rules]]
        name = "rule-1"
        when = {operation = ["SendMessages"], xpath = "//m:To"}
        then = [{pass = true}, {delay = "2s"}]
        ttl = 2.5
        """
    assert read(tmp_path, toml) == (
        RuleSource("rule-2", '{"then": {"http": 503}}'),
        RuleSource(
            "rule-1",
            '{"when": {"operation": ["SendMessages"], "xpath": "//m:To"}, '
            '"then": [{"pass": true}, {"delay": "2s"}], "ttl": 2.5}',
        ),
    )


@pytest.mark.parametrize(
    ("toml", "words"),
    [
        ("rules = 1", "a list of tables"),
        ("rules = [1]", "rules[0] is 1"),
        ("[[rules]]", "then is missing in rules[0]"),
        ("[[rules]]\nthen = {pass = true}\n[[rules]]\nthen = {http = 'abc'}", 'rules[1].then.http is "abc"'),
        ("[[rules]]\nthen = [{pass = true}, {wire = 'x'}]", 'rules[0].then[1].wire is "x"'),
        ("[[rules]]\nthen = {pass = true}\nwhen = {xpath = '//x:To'}", "rules[0].when.xpath is"),
        ("[[rules]]\nthen = {pass = true}\nposition = 1", 'unknown member "position" in rules[0]'),
        ("[[rules]]\nthen = {pass = true}\nttl = 2026-01-01", 'rules[0].ttl is "2026-01-01"'),
        ("[[rules]]\nthen = {pass = true}\nprobability = nan", "rules[0].probability is NaN"),
        ("[[rules]]\nname = 'a'\nthen = {pass = true}\n" * 2, 'rules[1].name is "a", as that of another one'),
        ("[[rules]]\nthen = {profile = 'night'}", 'rules[0].then.profile is "night"'),
        ("[[rules]]\nthen = {error = {}, http = 503}", "rules[0].then has error and http"),
        ("max-rules = 1\n" + "[[rules]]\nthen = {pass = true}\n" * 2, "rules has 2 rules, but max-rules allows 1"),
    ],
)
def test_what_is_wrong_is_refused_with_its_place(tmp_path, toml, words):
    with pytest.raises(SettingsError) as refused:
        read(tmp_path, toml)
    said, _, example = str(refused.value).partition("; for example\n")
    assert words in said
    assert "double.toml" in said
    assert "as [" not in said, "what else stands in the file is not repeated"
    if example:
        assert read(tmp_path, example)


def test_a_profile_of_the_same_file_can_be_named(tmp_path):
    night = '[[profiles]]\nname = "night"\nsteps = [{after = "8h", status = "delivered"}]\n'
    assert read(tmp_path, f"{night}[[rules]]\nthen = {{profile = 'night'}}")


def test_two_doubles_on_one_file_make_them_once(start_double, tmp_path, outcomes, rules):
    shared = {"database": str(tmp_path / "shared.sqlite"), "rules": (DOWN, MET)}
    with closing(start_double(**shared)) as one, closing(start_double(**shared)) as other:
        assert outcomes(one, 1) == ["503"]
        assert outcomes(other, 2) == ["met", "ok"]
        assert rules(one, "used") == [(1,), (1,)]
        one.steer("PUT", "rules/down", {"then": {"http": 429}})
        assert outcomes(other, 1) == ["429"]
