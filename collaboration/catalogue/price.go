package catalogue

import (
	"net/url"
	"regexp"
	"strings"

	"countersign/collaboration"
)

// amount has no sign, no separators of thousands and no leading zero, so that a price has
// one spelling.
var amount = regexp.MustCompile(`^(0|[1-9][0-9]{0,8})(\.[0-9]{2})?$`)

var none collaboration.Price

// prices checks the price of a solution or a variant, and those by invoice recipient. A
// price without effect is a mistake of its author.
func (m *mistakes) prices(prefix string, p collaboration.Price, by collaboration.PayerPrices) {
	m.price(prefix+"price", p)
	m.price(prefix+"price_by_payer.office", by.Office)
	m.price(prefix+"price_by_payer.customer", by.Customer)
	m.need(p == none || by.Office == none || by.Customer == none, prefix+"price", "has no effect: price_by_payer has both invoice recipients")
}

// price checks the parts that a price has.
func (m *mistakes) price(field string, p collaboration.Price) {
	if p.Amount != "" || p.Currency != "" || p.Per != "" {
		m.need(amount.MatchString(p.Amount), field+".amount", `must be a decimal number in quotes, without or with two decimals, such as "249" or "249.50"`)
		m.need(isCurrency(p.Currency), field+".currency", "must be a currency of ISO 4217, such as SEK")
		m.need(p.Per == collaboration.PerMonth, field+".per", "must be month")
	}
	if p.Text != (collaboration.Text{}) {
		m.line(field+".text", p.Text)
	}
	if p.Link != "" {
		u, err := url.Parse(p.Link)
		m.need(err == nil && u.Scheme == "https" && u.Host != "" && !strings.ContainsAny(p.Link, " \t\r\n"), field+".link", "must be an https address")
	}
}

// currencies are the codes of ISO 4217 for money in circulation.
const currencies = " AED AFN ALL AMD AOA ARS AUD AWG AZN BAM BBD BDT BHD BIF BMD BND BOB BRL BSD BTN BWP BYN BZD CAD CDF CHF CLP CNY COP CRC " +
	"CUP CVE CZK DJF DKK DOP DZD EGP ERN ETB EUR FJD FKP GBP GEL GHS GIP GMD GNF GTQ GYD HKD HNL HTG HUF IDR ILS INR IQD IRR ISK JMD JOD JPY " +
	"KES KGS KHR KMF KPW KRW KWD KYD KZT LAK LBP LKR LRD LSL LYD MAD MDL MGA MKD MMK MNT MOP MRU MUR MVR MWK MXN MYR MZN NAD NGN NIO NOK NPR " +
	"NZD OMR PAB PEN PGK PHP PKR PLN PYG QAR RON RSD RUB RWF SAR SBD SCR SDG SEK SGD SHP SLE SOS SRD SSP STN SVC SYP SZL THB TJS TMT TND TOP " +
	"TRY TTD TWD TZS UAH UGX USD UYU UZS VED VES VND VUV WST XAF XCD XOF XPF YER ZAR ZMW ZWG "

func isCurrency(code string) bool {
	return len(code) == 3 && strings.Contains(currencies, " "+code+" ")
}
