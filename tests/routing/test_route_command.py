"""``bulou route`` as a user runs it."""

import json
import os
import signal
import subprocess
import sys
import time
from pathlib import Path

import pytest

from bulou.routing import command
from bulou.routing.check import Violation, check
from bulou.routing.reading import problem_of
from bulou.routing.solve import Stop, solve
from tests.routing.problems import every

BULOU = Path(sys.executable).with_name("bulou")


def run(*arguments):
    return subprocess.run([BULOU, "route", *map(str, arguments)], capture_output=True, text=True, check=False)


@pytest.fixture
def problem(tmp_path):
    path = tmp_path / "problem.json"
    path.write_text(json.dumps(every()))
    return path


def test_a_plan_is_printed_and_passes_the_checker(problem):
    done = run(problem, "--seconds", "0.5", "--seed", "3")
    assert done.returncode == 0, done.stderr
    answer = json.loads(done.stdout)
    assert check(every(), answer) == []
    assert answer["code"] == 0
    assert [one["id"] for one in answer["unassigned"]] == [3]
    assert "max_travel_time" in answer["unassigned"][0]["reason"]


def test_a_plan_is_written_and_said_in_words(problem, tmp_path):
    out = tmp_path / "plan.json"
    done = run(problem, "--seconds", "0.5", "--out", out)
    assert done.returncode == 0, done.stderr
    assert check(every(), json.loads(out.read_text())) == []
    assert "unassigned" in done.stdout
    assert "job 3: No vehicle could serve it" in done.stdout


def test_a_key_that_means_nothing_is_said_on_stderr_only(problem):
    problem.write_text(json.dumps(every() | {"options": {"g": True}}))
    done = run(problem, "--seconds", "0.3", "--json")
    assert done.returncode == 0
    assert done.stderr == "problem.json: options means nothing here and was passed over\n"
    json.loads(done.stdout)


@pytest.mark.parametrize("arguments", [("--seconds", "0"), ("--seconds", "nan"), ("--out", "nowhere/plan.json")])
def test_a_wrong_option_does_nothing(problem, arguments):
    done = run(problem, *arguments)
    assert (done.returncode, done.stdout) == (2, "")
    assert done.stderr.count("\n") == 1


def test_a_bad_file_leaves_no_plan(problem, tmp_path):
    bad = every()
    bad["jobs"][2]["service"] = -1
    problem.write_text(json.dumps(bad))
    done = run(problem, "--out", tmp_path / "plan.json", "--json")
    assert done.returncode == 2
    assert done.stderr == "bulou: problem.json, column jobs[2].service: is -1. Write a number from 0 to 4,294,967,295.\n"
    assert json.loads(done.stdout)["error"]["column"] == "jobs[2].service"
    assert not (tmp_path / "plan.json").exists()


def test_a_plan_that_the_checker_refuses_does_not_leave(problem, monkeypatch):
    monkeypatch.setattr(command, "check", lambda *_: [Violation("capacity", "routes[0]", "carries too much")])
    with pytest.raises(Exception, match="breaks 1 rules; the first: routes"):
        command.route_file(problem, seconds=0.3, seed=0)


def test_nothing_to_do_is_a_plan_of_nothing():
    problem = problem_of({"vehicles": [{"id": 1, "start": [0, 0]}], "jobs": []})
    assert solve(problem, Stop(5)).routes == ()


def test_a_search_that_is_called_off_ends_with_what_it_has():
    problem = problem_of(every() | {"vehicles": [every()["vehicles"][1]]})
    began = time.monotonic()
    solve(problem, Stop(3600, cancelled=lambda: True))
    assert time.monotonic() - began < 60


@pytest.mark.parametrize("how", [signal.SIGTERM, signal.SIGKILL])
def test_no_searching_process_outlives_the_command(tmp_path, how):
    jobs = [{"id": n, "location": [n % 17, n % 23]} for n in range(300)]
    path = tmp_path / "p.json"
    path.write_text(json.dumps({"vehicles": [{"id": 1, "start": [0, 0]}], "jobs": jobs}))
    running = subprocess.Popen([BULOU, "route", path, "--seconds", "120"], stdout=subprocess.DEVNULL)
    children: set[int] = set()
    while not children:
        children = _children(running.pid)
        assert running.poll() is None
        time.sleep(0.05)
    running.send_signal(how)
    assert running.wait() == -how
    while any(_alive(child) for child in children):  # the test's own time limit is pytest's
        time.sleep(0.05)


def _children(parent):
    found = set()
    for status in Path("/proc").glob("[0-9]*/stat"):
        try:
            words = status.read_text().rpartition(")")[2].split()
        except OSError:
            continue
        if int(words[1]) == parent:
            found.add(int(status.parent.name))
    return found


def _alive(child):
    try:
        os.kill(child, 0)
        return Path(f"/proc/{child}/stat").read_text().rpartition(")")[2].split()[0] != "Z"
    except OSError:
        return False


def test_the_help_text_loads_no_solver():
    code = (
        "import sys\nfrom bulou.commands.main import run\nrun(['--help'])\n"
        "assert not {'numpy', 'pyvrp', 'ortools', 'typer', 'django'} & set(sys.modules), sorted(sys.modules)\n"
    )
    assert subprocess.run([sys.executable, "-c", code], capture_output=True, check=False).returncode == 0
