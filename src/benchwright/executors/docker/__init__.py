"""Runs workloads as containers of Docker daemons, here and on other machines."""
