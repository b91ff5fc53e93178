"""The matches of all active job seekers of a node at once: what `sanlian match batch` and `sanlian match audit` do.

job          what is computed: the day, how deep, which filters and office
generation   the market of a node in a folder that holds all a process needs to search it
finding      the best of a generation for some persons: what a worker does
workers      who works: this process, processes beside it, a cluster
people       who is matched, read part by part
parts        an unfinished run on disk: what was finished is never computed again
run          beginning a run, carrying one on, and writing its file
spread       people over seats: a fair, bounded assignment
tables       the file: CSV or Parquet
"""
