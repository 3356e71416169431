"""How strong the suite is: small random faults in an implementation, and the share of them that the specs notice.

`operators` says what is changed (by cosmic-ray's operators, and one of our own), `mutants` where, `touches` which
specs run the changed line, `judging` lays a mutant down, `hunt` shows it to the specs and `incumbent` to CPython's own
tests, `journal` keeps the results, `equivalents` knows what no spec can notice.
Needs the extra "mutation"; nothing else of the suite does.
"""
