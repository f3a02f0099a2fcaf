"""The codec and the data path without sockets, under JMH: no peer, and nothing that a small read may allocate."""

from blocks import microbenchmarks
from blocks.microbenchmarks import figure
from runner.results import Report
from runner.rows import Row, no_more_than

PROGRAMS = {"mvn": "maven"}
ALLOCATED_BYTES_MAX = 8.0  # for each request, once warm: its part of what the embedded channel takes for a batch of 64
ALLOCATES_NOTHING = ["RequestDecoding.reads", "ReplyWriting.simple", "ReplyWriting.structured", "SmallReads.reads"]


def measure(bench):
    names = bench.chosen(ALLOCATES_NOTHING)
    seconds = f"{bench.seconds:g}"
    taken = microbenchmarks.run(bench, names, ["-prof", "gc", "-wi", "5", "-w", seconds, "-i", str(bench.rounds), "-r", seconds])
    return Report(
        "Codec and data path, without sockets",
        [row for each in taken for row in rows(each)],
        versions=[f"Java {taken[0]['vmVersion']}", f"JMH {taken[0]['jmhVersion']}"],
        method="Five rounds before them warm up. SmallReads is a whole connection in an embedded channel, which allocates a little for every 64 requests.",
    )


def rows(each):
    name = ".".join(each["benchmark"].split(".")[-2:])
    # JMH's names of the profiler's figures begin with a dot in some versions.
    allocated = next(metric for label, metric in each["secondaryMetrics"].items() if label.endswith("gc.alloc.rate.norm"))
    yield Row(name, "ns each", figure(each["primaryMetric"]))
    yield Row("… allocated", "bytes each", figure(allocated), target=no_more_than(ALLOCATED_BYTES_MAX))

