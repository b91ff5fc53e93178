"""A deterministic simulation of the network: the shipped rules, with time, chance, disks and wires in the test's hands."""
