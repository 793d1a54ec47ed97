-- ActivationsOfCustomers sorts, because a customer has few activations. An unused
-- parameter is ''.
-- name: ActivationsOfCustomers :many
SELECT * FROM activation_details
WHERE office_id = @office_id
  AND customer_id IN (@customer_a, @customer_b, @customer_c, @customer_d, @customer_e, @customer_f, @customer_g, @customer_h, @customer_i, @customer_j)
ORDER BY requested_at DESC, id DESC
LIMIT @max_rows;
