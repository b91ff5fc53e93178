"""A deterministic simulation of the network: the shipped rules, with time, chance, disks and wires in our hands."""
