#!/bin/sh
# Runs once, on an empty volume. Temporal and Countersign have separate roles, so that
# neither can read the other's databases. Temporal creates its two databases itself.
# countersign_owner owns the tables and migrates; the api and the worker log in as
# countersign, which owns nothing and cannot change the audit.
set -eu
psql -v ON_ERROR_STOP=1 --username "$POSTGRES_USER" \
    -v temporal="$TEMPORAL_DB_PASSWORD" -v countersign="$COUNTERSIGN_DB_PASSWORD" -v owner="$COUNTERSIGN_OWNER_DB_PASSWORD" <<'SQL'
CREATE ROLE temporal LOGIN CREATEDB PASSWORD :'temporal';
CREATE ROLE countersign_owner LOGIN PASSWORD :'owner';
CREATE ROLE countersign LOGIN PASSWORD :'countersign';
CREATE DATABASE countersign OWNER countersign_owner;
REVOKE CONNECT ON DATABASE countersign FROM PUBLIC;
GRANT CONNECT ON DATABASE countersign TO countersign;
SQL
