package web

import (
	"strconv"
	"time"

	"countersign/collaboration"
)

// LongDate is a date as people write it: 1 januari 2027, 1 January 2027.
func LongDate(d collaboration.Date, l collaboration.Locale) string {
	return Text(l, "date", d.Day, Text(l, "month."+strconv.Itoa(int(d.Month))), d.Year)
}

// Moment is an instant as people in Stockholm write it: 1 januari 2027 kl. 14:05.
func Moment(t time.Time, l collaboration.Locale) string {
	return Text(l, "moment", LongDate(collaboration.DateOf(t), l), t.In(collaboration.Stockholm).Format("15:04"))
}

// ShortDate is a date for tables, as Swedes write it in both languages:
// 2027-01-01.
func ShortDate(d collaboration.Date) string { return d.String() }
