-- People are known by their e-mail addresses, which are ASCII, in any case.

-- +goose Up
CREATE INDEX employees_by_email ON employees (lower(email));
CREATE INDEX administrators_by_email ON administrators (lower(email));

-- +goose Down
DROP INDEX administrators_by_email;
DROP INDEX employees_by_email;
