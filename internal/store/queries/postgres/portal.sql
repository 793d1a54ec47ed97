-- ActivationsOfCustomers sorts, because a customer has few activations.
-- name: ActivationsOfCustomers :many
SELECT * FROM activation_details
WHERE office_id = @office_id AND customer_id = ANY (string_to_array(CAST(@customers AS TEXT), ','))
ORDER BY requested_at DESC, id DESC
LIMIT @max_rows;
