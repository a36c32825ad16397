"""Kubernetes' HPA v2 in whole numbers: replicas from metrics, and wishes held by windows, rates and bounds."""
