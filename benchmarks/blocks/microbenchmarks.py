"""JMH: built and run by Maven, read from its JSON."""

import json
import subprocess

from runner import distribution
from runner.rows import Figure


def run(bench, names, arguments):
    """What JMH says of each benchmark with one of these names, for each choice of its parameters."""
    output = bench.folder / "jmh.json"
    words = [*names, "-f", "1", *arguments, "-rf", "json", "-rff", str(output)]
    command = ["mvn", "-q", "-B", "-pl", "benchmarks", "-am", "-DskipTests", "-Pjmh", "verify", f"-Djmh.arguments={' '.join(words)}"]
    bench.say("building, then running JMH")
    subprocess.run(command, cwd=distribution.TOP, check=True)
    return json.loads(output.read_text())


def figure(metric):
    return Figure(tuple(value for fork in metric["rawData"] for value in fork))
