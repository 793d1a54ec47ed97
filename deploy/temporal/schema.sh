#!/bin/sh
# Makes Temporal's databases, or brings them to this version. May run again.
set -eu
schema() {
    temporal-sql-tool --db "$1" create
    temporal-sql-tool --db "$1" setup-schema -v 0.0
    temporal-sql-tool --db "$1" update-schema -d "/etc/temporal/schema/postgresql/v12/$2/versioned"
}
schema temporal temporal
schema temporal_visibility visibility
