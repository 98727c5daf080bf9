"""`zth watch`: grades a lesson whenever a file of it is saved."""
