"""The carrier: hello, push and enrolment between nodes over HTTP (SYNC/1). What a record means is not known here.

`courier` is the loop of the child, `push` both ends of a batch, `link` the way to the parent, `signatures` who is
speaking. The parent holds the checkpoint; everything else can be lost and found again from it.
"""
