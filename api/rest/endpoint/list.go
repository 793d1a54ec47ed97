package endpoint

import (
	"slices"

	"countersign/api/problem"
	"countersign/collaboration"
)

// PageQuery selects one page of a list. The name is exported because huma ignores
// embedded inputs with unexported names.
type PageQuery struct {
	Cursor string `query:"cursor" doc:"The value of next in the previous response." maxLength:"500"`
	Limit  int    `query:"limit" default:"50" minimum:"1" maximum:"200" doc:"The maximum number of rows."`
}

// Page returns the page that the query selects.
func (q PageQuery) Page() collaboration.Page {
	return collaboration.Page{After: q.Cursor, Limit: q.Limit}
}

// Named renames the field of an invalid cursor from after, the domain's name, to the
// query parameter's name.
func (q PageQuery) Named(err error) error {
	if collaboration.CodeOf(err) != collaboration.CodeInvalidRequest {
		return err
	}
	named := *problem.DomainError(err)
	named.Fields = slices.Clone(named.Fields)
	for n := range named.Fields {
		if named.Fields[n].Field == "after" {
			named.Fields[n].Field = "cursor"
		}
	}
	return &named
}

// ListView is one page of a list.
type ListView[T any] struct {
	Items []T    `json:"items"`
	Next  string `json:"next,omitempty" doc:"The cursor of the next page; absent on the last page."`
}

// List returns one page of views. next is the cursor of the next page, or "".
func List[F, T any](rows []F, next string, view func(F) T) ListView[T] {
	list := ListView[T]{Items: make([]T, 0, len(rows)), Next: next}
	for _, row := range rows {
		list.Items = append(list.Items, view(row))
	}
	return list
}

// Response is a response that has only a body.
type Response[T any] struct{ Body T }

// Respond returns a response that has only a body.
func Respond[T any](body T) *Response[T] { return &Response[T]{Body: body} }
