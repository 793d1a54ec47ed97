#!/bin/sh
# Creates the namespace and its search attributes, and waits until they are usable. It is
# idempotent.
set -eu
attempt() {
    tries=60
    until "$@" >/dev/null 2>&1; do
        tries=$((tries - 1))
        [ "$tries" -gt 0 ] || { echo "gave up: $*" >&2; exit 1; }
        sleep 2
    done
}
attempt temporal operator cluster health
temporal operator namespace describe --namespace "$TEMPORAL_NAMESPACE" >/dev/null 2>&1 ||
    temporal operator namespace create --namespace "$TEMPORAL_NAMESPACE" --retention 87600h
attempt temporal operator search-attribute list

attribute() {
    temporal operator search-attribute list | grep -qw "$1" ||
        temporal operator search-attribute create --name "$1" --type "$2"
    attempt temporal workflow count --query "$1 IS NULL"
}
attribute OfficeId Keyword
attribute CustomerId Keyword
attribute SolutionId Keyword
attribute State Keyword
attribute AgreementEnds Datetime
attribute Phase Keyword
