-- name: Delivery :one
SELECT * FROM mail_deliveries
WHERE activation_id = @activation_id AND kind = @kind AND generation = @generation AND number = @number AND COALESCE(employee_id, '') = CAST(@employee_id AS TEXT)
    AND COALESCE(administrator_id, '') = CAST(@administrator_id AS TEXT);

-- InvitationDeliveries returns the invitations and reminders of one generation, the
-- invitations first.
-- name: InvitationDeliveries :many
SELECT * FROM mail_deliveries
WHERE activation_id = @activation_id AND kind IN ('invitation', 'reminder') AND generation = @generation
ORDER BY kind, number, id;

-- name: AddDelivery :exec
INSERT INTO mail_deliveries (id, activation_id, office_id, kind, generation, number, employee_id, administrator_id, status, attempts, unknown, lease_until, to_id, to_email)
VALUES (@id, @activation_id, @office_id, @kind, @generation, @number, @employee_id, @administrator_id, @status, @attempts, @unknown, @lease_until, @to_id, @to_email);

-- name: SaveDelivery :exec
UPDATE mail_deliveries SET status = @status, attempts = @attempts, unknown = @unknown, lease_until = @lease_until,
    to_id = @to_id, to_email = @to_email, provider_id = @provider_id, error_code = @error_code
WHERE id = @id;

-- name: DeliveryByID :one
SELECT * FROM mail_deliveries WHERE id = @id;

-- name: DeliveryByProviderID :one
SELECT * FROM mail_deliveries WHERE provider_id = @provider_id AND provider_id <> '' LIMIT 1;

-- name: SetDeliveryReported :exec
UPDATE mail_deliveries SET reported = @reported WHERE id = @id;
