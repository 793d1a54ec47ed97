package i18n

import (
	"strconv"
	"time"

	"countersign/collaboration"
)

// LongDate formats a date for running text: 1 januari 2027, 1 January 2027.
func LongDate(d collaboration.Date, l collaboration.Locale) string {
	return Text(l, "date", d.Day, Text(l, "month."+strconv.Itoa(int(d.Month))), d.Year)
}

// Moment formats an instant in Stockholm time: 1 januari 2027 kl. 14:05.
func Moment(t time.Time, l collaboration.Locale) string {
	return Text(l, "moment", LongDate(collaboration.DateOf(t), l), t.In(collaboration.Stockholm).Format("15:04"))
}

// ShortDate formats a date for tables, in both languages as 2027-01-01.
func ShortDate(d collaboration.Date) string { return d.String() }
