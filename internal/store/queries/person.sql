-- MembershipsByEmail runs with every request. It returns a row without a customer for each
-- active employee with an address or its mailbox, and one for each customer that the address
-- administers.
-- name: MembershipsByEmail :many
SELECT e.id AS id, e.name AS name, e.email AS email, e.role AS role, e.office_id AS office_id, o.name AS office_name,
    o.locale AS office_locale, CAST(o.deactivated_at IS NULL AS BOOLEAN) AS office_active, COALESCE(l.digest, '') AS office_logo, '' AS customer_id, '' AS customer_name, '' AS name_key
FROM employees e JOIN offices o ON o.id = e.office_id LEFT JOIN office_logos l ON l.office_id = e.office_id
WHERE lower(e.email) IN (@email, @mailbox) AND e.kind = 'person' AND e.deactivated_at IS NULL
UNION ALL
SELECT a.id, a.name, a.email, '', o.id, o.name, o.locale, CAST(o.deactivated_at IS NULL AS BOOLEAN), '', c.id, c.name, c.name_key
FROM administrators a JOIN customers c ON c.id = a.customer_id JOIN offices o ON o.id = c.office_id
WHERE lower(a.email) = @email
ORDER BY name_key, customer_id;

-- EmployeesWithAddress counts the active employees of an office with an address or its mailbox.
-- name: EmployeesWithAddress :one
SELECT COUNT(*) FROM employees
WHERE lower(email) IN (@email, @mailbox) AND kind = 'person' AND office_id = @office_id AND deactivated_at IS NULL;

-- AdministratorsWithAddress counts the administrators of an office's customers with an address.
-- name: AdministratorsWithAddress :one
SELECT COUNT(*) FROM administrators a JOIN customers c ON c.id = a.customer_id
WHERE lower(a.email) = @email AND c.office_id = @office_id;
