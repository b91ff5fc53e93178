"""Sample data of our own for a network to try things on: employers, vacancies and job seekers of two Guangzhou streets.

Everything here is invented and says so (虚构): the names of the employers end in （虚构）, and no number can belong to
anybody (`numbers`). The divisions and the streets' names are real. The same seed gives the same data on every machine;
only days are counted from the day of loading, so that no post is over before it is shown.
"""

from app.cli.sample.build import Sample, build_sample

__all__ = ["Sample", "build_sample"]
