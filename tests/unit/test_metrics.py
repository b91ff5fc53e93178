"""Prometheus' text format: what is written is read back by its grammar, whatever stands in a label."""

import threading

from app.kernel.metrics import Counter, Family, Histogram, render
from tests.prometheus import read

COUNT = Family("a_total", "counter", "Counted.", ("why",))
TIME = Family("b_seconds", "histogram", "A \\ time\nover two lines.", ("route",))


def test_what_a_label_holds_is_read_back_as_it_was() -> None:
    nasty = 'a "quoted" \\ back\nline 汉字'
    assert read(render(COUNT, [((nasty,), 3)])) == {("a_total", (("why", nasty),)): 3.0}


def test_a_figure_without_samples_still_says_what_it_is() -> None:
    assert render(COUNT, []) == "# HELP a_total Counted.\n# TYPE a_total counter\n"


def test_a_histogram_counts_what_does_not_pass_each_bound_and_the_last_bound_is_all() -> None:
    times = Histogram(TIME, (0.1, 1))
    for value in (0.05, 0.1, 0.5, 7):
        times.observe(value, "/x")
    found = read(times.text())
    counts = [found["b_seconds_bucket", (("route", "/x"), ("le", le))] for le in ("0.1", "1", "+Inf")]
    assert counts == [2, 3, 4]
    assert found["b_seconds_count", (("route", "/x"),)] == 4
    assert found["b_seconds_sum", (("route", "/x"),)] == 7.65


def test_threads_lose_no_count() -> None:
    counter = Counter(COUNT)

    def count() -> None:
        for _ in range(5000):
            counter.add("x")

    threads = [threading.Thread(target=count) for _ in range(4)]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join()
    assert read(counter.text()) == {("a_total", (("why", "x"),)): 20_000.0}
