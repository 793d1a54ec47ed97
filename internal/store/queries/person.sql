-- MembershipsByEmail runs with every request. It returns a row for the employee with an
-- address, without a customer, unless the employee or the office is deactivated, and one for each customer that the address administers.
-- name: MembershipsByEmail :many
SELECT e.id AS id, e.name AS name, e.email AS email, e.role AS role, e.office_id AS office_id, o.name AS office_name,
    o.locale AS office_locale, '' AS customer_id, '' AS customer_name, '' AS name_key
FROM employees e JOIN offices o ON o.id = e.office_id
WHERE lower(e.email) = @email AND e.kind = 'person' AND e.deactivated_at IS NULL AND o.deactivated_at IS NULL
UNION ALL
SELECT a.id, a.name, a.email, '', o.id, o.name, o.locale, c.id, c.name, c.name_key
FROM administrators a JOIN customers c ON c.id = a.customer_id JOIN offices o ON o.id = c.office_id
WHERE lower(a.email) = @email
ORDER BY name_key, customer_id;
