"""Measures the server, part by part. `PARTS` lists the parts. The first lines of each part's file say what it measures.

Usage: python3 Benchmarks/bench.py [--rounds N] [--seconds S] [--before BINARY] PATH_OF_ALLCLEAR [PART ...]
Needs wrk, nginx, Varnish, openssl, cc, and smtp-sink and smtp-source of Postfix. Uses only the loopback interface.

Compared servers send responses of the same length. Each server is bound to one processor, and wrk to another. The
servers take turns in short rounds. A reported ratio is the median of the ratios within each round, so that other load
on the machine affects both servers.
"""

import argparse
import os
import pathlib
import shutil
import tempfile

from caches import measure_caches
from command_line import measure_command_line
from dashboard import measure_dashboard
from documents import measure_documents
from followers import measure_followers
from history import measure_history
from live import measure_latencies, measure_slowloris, measure_waiting
from notifications import measure_notifications
from pages import compare_page_reads, measure_page_history, measure_page_writes
from reads import compare_reads
from replication import measure_replication
from restarts import measure_restarts
from starts import count_allocations, time_start
from tls import compare_tls
from writes import measure_endurance, measure_writes

PARTS = {
    "reads": compare_reads,
    "allocations": count_allocations,
    "start": time_start,
    "waiting": measure_waiting,
    "latencies": measure_latencies,
    "slowloris": measure_slowloris,
    "tls": compare_tls,
    "restart": measure_restarts,
    "documents": measure_documents,
    "history": measure_history,
    "page-reads": compare_page_reads,
    "page-writes": measure_page_writes,
    "page-history": measure_page_history,
    "page-followers": measure_followers,
    "dashboard": measure_dashboard,
    "notifications": measure_notifications,
    "caches": measure_caches,
    "command-line": measure_command_line,
    "writes": measure_writes,
    "replication": measure_replication,
    "endurance": measure_endurance,
}


def main():
    parser = argparse.ArgumentParser(description="Measure allclear.")
    parser.add_argument("binary", type=os.path.abspath)
    parser.add_argument("parts", nargs="*", help="what to measure; everything by default")
    parser.add_argument("--rounds", type=int, default=9)
    parser.add_argument("--seconds", type=int, default=1)
    parser.add_argument("--before", type=os.path.abspath, metavar="BINARY",
                        help="an older allclear, with which the part dashboard compares writes")
    options = parser.parse_intermixed_args()
    folder = pathlib.Path(tempfile.mkdtemp(prefix="allclear-bench-"))
    try:
        for name in options.parts or PARTS:
            place = folder / name
            (place / "empty").mkdir(parents=True)
            folder.chmod(0o755)
            PARTS[name](options, place)
    finally:
        shutil.rmtree(folder)


if __name__ == "__main__":
    main()
