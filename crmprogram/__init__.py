"""The project package of Rollout: roof and cellar.

Kept free of imports, since each file is read by a process of its own that wants none of
them; `celery -A crmprogram` finds `crmprogram.celery` by itself, and the app of jobs
imports it in every Django process.
"""
