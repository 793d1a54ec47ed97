// Package column holds the types of nullable columns. Their Go zero value means
// NULL. Generated queries use them, so that no row stores an empty text for an absent value.
package column

import (
	"database/sql/driver"
	"fmt"
	"time"

	"countersign/collaboration"
)

// Text is a nullable text column: "" is NULL.
type Text string

// Value writes NULL for "".
func (t Text) Value() (driver.Value, error) {
	if t == "" {
		return nil, nil
	}
	return string(t), nil
}

// Scan reads NULL as "".
func (t *Text) Scan(value any) error {
	switch v := value.(type) {
	case nil:
		*t = ""
	case string:
		*t = Text(v)
	case []byte:
		*t = Text(v)
	default:
		return fmt.Errorf("text column: unexpected %T", value)
	}
	return nil
}

// Date is a nullable date column: the zero date is NULL.
type Date collaboration.Date

// Value writes the date as text, which both databases accept for a DATE column.
func (d Date) Value() (driver.Value, error) {
	if d == (Date{}) {
		return nil, nil
	}
	return collaboration.Date(d).String(), nil
}

// Scan reads NULL as the zero date. Both drivers return a time for a DATE column.
// SQLite returns text for an expression.
func (d *Date) Scan(value any) error {
	switch v := value.(type) {
	case nil:
		*d = Date{}
	case time.Time:
		year, month, day := v.Date()
		*d = Date{Year: year, Month: month, Day: day}
	case string:
		parsed, err := collaboration.ParseDate(v)
		if err != nil {
			return err
		}
		*d = Date(parsed)
	default:
		return fmt.Errorf("date column: unexpected %T", value)
	}
	return nil
}
