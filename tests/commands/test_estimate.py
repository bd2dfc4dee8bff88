"""`collector estimate`: agrees with R's `survey` on the reference files, and refuses by row and column."""

import json
import unicodedata
from pathlib import Path
from typing import Any

import pytest

from commands.runs import read_json, run_command
from tests.participation.cases import DIMENSIONS, NAMES, ORACLE, differences, read_expected

NAMED = ("--dimensions", ",".join(DIMENSIONS))
COLUMNS = ("--stratum", "village", "--cluster", "hh", "--population", "n_hh")
WEIGHTED = (*COLUMNS, "--weight", "weight")
FIRST = read_expected()["cases"]
MORE = read_expected("expected_more.json")["cases"]
CELLS = "gender,ethnicity,count\nF,majority,81\nF,minority,119\nM,majority,72\nM,minority,122\n"
MARGINS = "column,value,count\ngender,F,205\ngender,M,189\nethnicity,majority,151\nethnicity,minority,243\n"
RUNS: list[tuple[str, dict[str, Any], tuple[str, ...]]] = [
    *(
        (case, FIRST[case]["overall"], options)
        for case in ("c01_srs_fpc", "c02_strat_fpc")
        for options in (COLUMNS, WEIGHTED)
    ),
    ("c02_strat_fpc", FIRST["c02_strat_fpc"]["domain_female"], (*COLUMNS, "--domain", "gender=F")),
    ("c02_strat_fpc", FIRST["c02_strat_fpc"]["domain_minority"], (*COLUMNS, "--domain", "ethnicity=minority")),
    ("c02_strat_fpc", FIRST["c02_strat_fpc"]["village_A"], (*COLUMNS, "--domain", "village=A")),
    ("c04_two_stage", FIRST["c04_two_stage"]["overall"], (*COLUMNS, "--area-population", "n_villages")),
    ("c07_census", FIRST["c07_census"]["overall"], ("--population", "n_hh")),
    ("c08_census_nonresponse", FIRST["c08_census_nonresponse"]["overall"], (*COLUMNS, "--chosen", "everyone")),
    ("c10_all_yes_all_no", FIRST["c10_all_yes_all_no"]["overall"], COLUMNS),
    (
        "c15_one_adult_per_hh",
        FIRST["c15_one_adult_per_hh"]["person_fpc"],
        ("--stratum", "village", "--weight", "weight", "--population", "n_person"),
    ),
    (
        "c15_one_adult_per_hh",
        FIRST["c15_one_adult_per_hh"]["no_fpc"],
        ("--stratum", "village", "--cluster", "hh", "--weight", "weight"),
    ),
    ("d01_household_clusters", MORE["d01_household_clusters"]["overall"], WEIGHTED),
    ("d02_post_strata", MORE["d02_post_strata"]["overall"], (*WEIGHTED, "--poststratify", "CELLS")),
    (
        "d02_post_strata",
        MORE["d02_post_strata"]["domain_female"],
        (*COLUMNS, "--poststratify", "CELLS", "--domain", "gender=F"),
    ),
    ("d03_raked", MORE["d03_raked"]["overall"], (*WEIGHTED, "--rake", "MARGINS")),
    (
        "d05_two_stages_clusters",
        MORE["d05_two_stages_clusters"]["overall"],
        (*WEIGHTED, "--area-population", "n_villages"),
    ),
]


def write(folder: Path, name: str, text: str | bytes) -> Path:
    path = folder / name
    path.write_bytes(text if isinstance(text, bytes) else text.encode())
    return path


@pytest.mark.parametrize(
    ("case", "expected", "options"), RUNS, ids=lambda value: value if isinstance(value, str) else None
)
def test_the_figures_agree_with_r(
    tmp_path: Path, case: str, expected: dict[str, Any], options: tuple[str, ...]
) -> None:
    files = {"CELLS": write(tmp_path, "cells.csv", CELLS), "MARGINS": write(tmp_path, "margins.csv", MARGINS)}
    said = read_json("estimate", ORACLE / f"{case}.csv", *NAMED, *(files.get(each, each) for each in options))
    for printed, name in [*((name, name) for name in DIMENSIONS), *NAMES.items()]:
        if name not in expected:
            continue
        method = "linear" if printed == "mean" else "kg_deff1"
        wanted = [expected[name][key] for key in ("p", "se", "df", "n")]
        assert differences([said[printed][key] for key in ("p", "se", "df", "n")], wanted) == []
        for ci in ("ci90", "ci95"):
            assert differences(said[printed][ci], expected[name][ci][method]) == []
        if printed != "mean":
            assert differences(said[printed]["n_eff"], expected[name]["n_eff"]) == []


def test_answered_exact_and_missing_range_are_beside_the_strict_share() -> None:
    said = read_json("estimate", ORACLE / "c01_srs_fpc.csv", *NAMED, *COLUMNS)
    case = FIRST["c01_srs_fpc"]
    for name in DIMENSIONS:
        assert differences(said[name]["answered"]["p"], case["answered_only"][name]["p"]) == []
        assert differences(said[name]["answered"]["ci95"], case["answered_only"][name]["ci95"]["kg_deff1"]) == []
        ends = [case["overall"][name]["p"], case["missing_as_yes"][name]["p"]]
        assert differences(said[name]["missing_range"], ends) == []
        exact = case["exact"][name]
        assert {
            key: said[name]["exact"][key] for key in ("N", "n", "x", "M0", "certain", "ci90", "ci95", "verdict")
        } == {key: exact[key] for key in ("N", "n", "x", "M0", "certain", "ci90", "ci95", "verdict")}
        assert said["exact"][name] == said[name]["exact"]
    assert said["every_dimension"] == case["exact"]["every_dimension"]
    assert said["mean"]["verdict"] is None


def test_a_full_count_with_gaps_is_judged_on_what_is_certain() -> None:
    file = ORACLE / "c08_census_nonresponse.csv"
    drawn = read_json("estimate", file, *NAMED, *COLUMNS)
    asked_all = read_json("estimate", file, *NAMED, *COLUMNS, "--chosen", "everyone")
    assert drawn["know"]["verdict"] == "met"
    assert asked_all["know"]["verdict"] == "not_enough_evidence"
    assert asked_all["know"]["reasons"] == ["gaps"]
    assert asked_all["know"]["exact"]["certain"] == [72, 79]
    assert asked_all["know"]["shown90"] == [asked_all["know"]["ci90"][0], 79 / 85]


def test_chosen_otherwise_gives_counts_and_the_certain_range_only() -> None:
    said = read_json("estimate", ORACLE / "c01_srs_fpc.csv", *NAMED, *COLUMNS, "--chosen", "other")
    know = said["know"]
    assert [know[key] for key in ("p", "se", "ci90", "ci95", "shown90", "missing_range")] == [None] * 6
    assert (know["yes"], know["n"], know["certain"]) == (33, 40, [33 / 120, 113 / 120])
    assert know["reasons"] == ["not_drawn"]


def test_fresh_rounds_are_compared_as_r_does() -> None:
    file = ORACLE / "c13_two_rounds_fresh.csv"
    said = read_json("estimate", file, *NAMED, *COLUMNS, "--compare", "round")
    for printed, name in [*((name, name) for name in DIMENSIONS), ("all", "all4")]:
        expected = FIRST["c13_two_rounds_fresh"][name]
        keys = ("p1", "p2", "diff", "se", "df")
        assert differences([said[printed][key] for key in keys], [expected[key] for key in keys]) == []
        assert differences(said[printed]["mover95"], expected["ci95"]["mover_beta"]) == []
    assert said["rounds"] == ["1", "2"]


def test_a_panel_counts_the_covariance() -> None:
    file = ORACLE / "d06_panel.csv"
    said = read_json("estimate", file, *NAMED, *WEIGHTED, "--compare", "round", "--panel")
    fresh = read_json("estimate", file, *NAMED, *WEIGHTED, "--compare", "round")
    for name in DIMENSIONS:
        expected = MORE["d06_panel"][name]
        keys = ("p1", "p2", "diff", "se", "df", "cov12")
        assert differences([said[name][key] for key in keys], [expected[key] for key in keys]) == []
        assert differences(said[name]["mover95"], expected["ci95"]["mover_beta"]) == []
        assert fresh[name]["se"] != said[name]["se"]


def test_rounds_with_different_questions_are_not_comparable(tmp_path: Path) -> None:
    lines = [f"{i},1,1,1" for i in range(20)] + [f"{i},2,1," for i in range(20)]
    file = write(tmp_path, "rounds.csv", "\n".join(["hh,round,know,do", *lines]))
    said = read_json("estimate", file, "--dimensions", "know,do", "--compare", "round")
    assert said["do"]["verdict"] == said["all"]["verdict"] == "not_comparable"
    assert said["do"]["diff"] is None
    assert said["know"]["diff"] == 0


def test_two_full_counts_make_a_fact_without_an_interval(tmp_path: Path) -> None:
    lines = [f"{n},{round_},{int(n > round_)},10" for round_ in (1, 2) for n in range(10)]
    file = write(tmp_path, "rounds.csv", "\n".join(["hh,round,know,N", *lines]))
    said = read_json("estimate", file, "--dimensions", "know", "--compare", "round", "--population", "N")
    assert (said["know"]["is_fact"], said["know"]["mover95"]) == (True, None)
    assert said["know"]["diff"] == pytest.approx(-0.1)


@pytest.mark.parametrize(
    "change",
    [
        lambda text: "\ufeff" + text,
        lambda text: text.replace(",", ";"),
        lambda text: text.replace(",", "\t"),
        lambda text: text.replace("\n", "\r\n"),
        lambda text: text.replace("\n", "\r"),
        lambda text: "\n" + text + "\n\n",
        lambda text: "\ufeff" + text.replace(",", ";").replace("\n", "\r\n"),
    ],
)
def test_the_way_a_spreadsheet_writes_csv_changes_nothing(tmp_path: Path, change: Any) -> None:
    plain = (ORACLE / "c02_strat_fpc.csv").read_text(encoding="utf-8")
    expected = read_json("estimate", ORACLE / "c02_strat_fpc.csv", *NAMED, *WEIGHTED)
    file = write(tmp_path, "changed.csv", change(plain).encode())
    assert read_json("estimate", file, *NAMED, *WEIGHTED) == expected


def test_older_encodings_of_spreadsheets_are_read(tmp_path: Path) -> None:
    text = "thôn,biết\nSủng Là,1\nSủng Là,0\n"
    said = []
    for encoding in ("utf-8", "utf-16"):
        file = write(tmp_path, f"{encoding}.csv", text.encode(encoding))
        said.append(read_json("estimate", file, "--dimensions", "biết", "--stratum", "thôn"))
    assert said[0] == said[1]
    assert said[0]["biết"]["p"] == 0.5


def test_letters_in_parts_as_some_computers_write_them_are_the_same_letters(tmp_path: Path) -> None:
    text = unicodedata.normalize("NFD", "thôn,biết\nSủng Là,1\nSủng Là,0\nHà,1\nHà,1\n")
    file = write(tmp_path, "parts.csv", text.encode())
    said = read_json("estimate", file, "--dimensions", "biết", "--stratum", "thôn", "--domain", "thôn=Sủng Là")
    assert said["biết"]["n"] == 2


def test_words_stand_for_codes_and_standard_input_for_a_file() -> None:
    words = "know\nYes\nno\nDon't know\nrefused\n\nblank\n dont_know \nyes\n"
    result = run_command("estimate", "-", "--dimensions", "know", "--format", "json", stdin=words)
    assert result.exit_code == 0, result.output
    said = json.loads(result.stdout)
    assert (said["know"]["n"], said["know"]["yes"], said["know"]["answered"]["n"]) == (7, 2, 5)


@pytest.mark.parametrize(
    ("text", "options", "sentences"),
    [
        ("know\n1\nmaybe\n", (), ["Row 3, column know", "maybe"]),
        ("know\n1\n2\n", (), ["Row 3, column know", "“2”"]),
        ("know,n\n1,10\n1,ten\n", ("--population", "n"), ["Row 3, column n", "ten"]),
        ("know,n\n1,10\n1,\n", ("--population", "n"), ["Row 3, column n"]),
        ("know,n\n1,10\n1,11\n", ("--population", "n"), ["Row 3, column n", "another number"]),
        ("know,n\n1,1\n1,1\n", ("--population", "n"), ["2 of 1"]),
        ("know,w\n1,1\n1,-3\n", ("--weight", "w"), ["Row 3, column w", "-3"]),
        ("know,w\n1,1\n1,nan\n", ("--weight", "w"), ["Row 3, column w", "nan"]),
        ("know,v\n1,A\n1,\n", ("--stratum", "v"), ["Row 3, column v"]),
        ("know,v\n1,A\n1,A\n1,B\n", ("--stratum", "v"), ["B"]),
        ("know,v\n1,A\n", ("--stratum", "village"), ["village", "know, v"]),
        ("know,know\n1,1\n", (), ["twice"]),
        ("know,v\n1,A\n1\n", (), ["Row 3 has 1 cells"]),
        ("know,v\n1,A\n1,A,7\n", (), ["Row 3 has 3 cells"]),
        ("know\n", (), ["no answers"]),
        ("know,g\n1,F\n0,F\n", ("--domain", "g=M"), ["g=M"]),
        ("know,r\n1,1\n1,2\n1,3\n", ("--compare", "r"), ["3 rounds"]),
        (b"\x00\x01\x02\xff", (), ["."]),
        ('know\n"1\n', (), ["."]),
        ("know\n1\n", (), ["only one answer"]),
        ('know,v\n1,A\n1,"A\n0,A\n0,A\n', ("--stratum", "v"), ["not a table", "line 5"]),
        ("know,w\n1,1e308\n0,1e308\n1,1e308\n", ("--weight", "w"), ["Row 2, column w", "1e308"]),
        ("know,w\n1,1\n0,1e-320\n", ("--weight", "w"), ["Row 3, column w", "1e-320"]),
    ],
)
def test_what_cannot_be_read_is_refused_in_words(
    tmp_path: Path, text: str | bytes, options: tuple[str, ...], sentences: list[str]
) -> None:
    result = run_command("estimate", write(tmp_path, "f.csv", text), "--dimensions", "know", *options)
    assert result.exit_code == 1, result.output
    assert result.stdout == ""
    assert all(sentence in result.stderr for sentence in sentences), result.stderr
    assert "Traceback" not in result.stderr


@pytest.mark.parametrize(
    ("table", "option", "sentences"),
    [
        ("gender,count\nF,10\n", "--poststratify", ["M"]),
        ("gender,count\nF,10\nF,10\nM,3\n", "--poststratify", ["Row 3", "twice"]),
        ("gender,count\nF,x\nM,3\n", "--poststratify", ["Row 2, column count"]),
        ("count\n10\n", "--poststratify", ["no column to match"]),
        ("nobody,count\nF,10\n", "--poststratify", ["nobody"]),
        ("column,value\ngender,F\n", "--rake", ["count"]),
        ("column,value,count\n", "--rake", ["no rows"]),
        ("column,value,count\ngender,F,10\n", "--rake", ["M"]),
    ],
)
def test_sizes_that_cannot_be_used_are_refused(tmp_path: Path, table: str, option: str, sentences: list[str]) -> None:
    file = write(tmp_path, "sizes.csv", table)
    result = run_command("estimate", ORACLE / "c02_strat_fpc.csv", *NAMED, *COLUMNS, option, file)
    assert result.exit_code == 1, result.output
    assert all(sentence in result.stderr for sentence in sentences), result.stderr


@pytest.mark.parametrize(
    "options",
    [
        ("--dimensions", "know,know"),
        ("--dimensions", "all"),
        ("--dimensions", ""),
        (*NAMED, "--target", "90"),
        (*NAMED, "--target", "x"),
        (*NAMED, "--domain", "gender"),
        (*NAMED, "--panel"),
        (*NAMED, "--chosen", "some"),
        (*NAMED, "--area-population", "n_villages"),
        (),
    ],
)
def test_options_that_make_no_sense_are_a_usage_error(options: tuple[str, ...]) -> None:
    assert run_command("estimate", ORACLE / "c02_strat_fpc.csv", *options).exit_code == 2


def test_small_cells_are_merged_and_said_so(tmp_path: Path) -> None:
    cells = "gender,ethnicity,count\nF,majority,81\nF,minority,119\nM,majority,72\nM,minority,120\nM,third,2\n"
    file = write(tmp_path, "cells.csv", cells)
    said = read_json("estimate", ORACLE / "d02_post_strata.csv", *NAMED, *COLUMNS, "--poststratify", file)
    assert said["merged_cells"] == [[["M", "majority"], ["M", "third"]]]


def test_sizes_of_cells_come_from_standard_input_too(tmp_path: Path) -> None:
    sizes = "gender,count\nF,700\nM,300\n"
    file, options = ORACLE / "c02_strat_fpc.csv", ("--poststratify", write(tmp_path, "cells.csv", sizes))
    expected = read_json("estimate", file, *NAMED, *COLUMNS, *options)
    piped = ("--poststratify", "-", "--format", "json")
    result = run_command("estimate", file, *NAMED, *COLUMNS, *piped, stdin=sizes)
    assert result.exit_code == 0, result.stderr
    assert json.loads(result.stdout) == expected


def test_people_read_sentences() -> None:
    shown = run_command("estimate", ORACLE / "c01_srs_fpc.csv", *NAMED, *COLUMNS).stdout
    assert "know: 82 % said yes, range 72 to 90.1 %. Not enough evidence." in shown
    assert "Of 120, between 87 and 108 would say yes; the target needs 108." in shown
    assert "Every dimension together: Enough evidence: not met." in shown
