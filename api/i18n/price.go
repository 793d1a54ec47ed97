package i18n

import "countersign/collaboration"

// Price describes a price in one line: its amount and its text, or that there is a price
// list. It is "" for no price.
func Price(p collaboration.Price, l collaboration.Locale) string {
	amount, text := p.AmountIn(l), p.Text.In(l)
	if amount != "" {
		amount = Text(l, "price.month", amount)
	}
	switch {
	case amount != "" && text != "":
		return Text(l, "price.noted", amount, text)
	case amount == "" && text == "" && p.Link != "":
		return Text(l, "price.listed")
	default:
		return amount + text
	}
}
