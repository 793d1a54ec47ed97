package collaboration

// Subject is whom and what an activation is about.
type Subject struct{ OfficeID, CustomerID, SolutionID string }

// Subject is whom and what is asked for.
func (o Order) Subject() Subject { return Subject{o.OfficeID, o.CustomerID, o.SolutionID} }

// Subject is whom and what was asked for.
func (r Record) Subject() Subject { return Subject{r.OfficeID, r.CustomerID, r.SolutionID} }
