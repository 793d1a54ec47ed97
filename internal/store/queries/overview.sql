-- The overview of an office. Each query counts in an index of its own, or reads few rows.

-- name: CountPending :one
SELECT COUNT(CASE WHEN requested_at >= @newest THEN 1 END) AS first_age,
       COUNT(CASE WHEN requested_at < @newest AND requested_at >= @middle THEN 1 END) AS second_age,
       COUNT(CASE WHEN requested_at < @middle AND requested_at >= @oldest THEN 1 END) AS third_age,
       COUNT(CASE WHEN requested_at < @oldest THEN 1 END) AS last_age
FROM activations
WHERE office_id = @office_id AND phase IN ('activating', 'awaiting_approval');

-- name: CountUrgent :one
SELECT COUNT(CASE WHEN delivery = 'bounced' THEN 1 END) AS bounced,
       COUNT(CASE WHEN expires_at > @now AND expires_at <= @soon THEN 1 END) AS expiring
FROM activations
WHERE office_id = @office_id AND state = 'awaiting_approval';

-- name: CountRunning :many
SELECT phase, COUNT(*) AS running FROM activations
WHERE office_id = @office_id AND phase IN ('starts', 'active', 'terminated')
GROUP BY phase;

-- name: CountEnding :one
SELECT COUNT(*) AS ending, COUNT(CASE WHEN NOT continues THEN 1 END) AS for_good
FROM activations
WHERE office_id = @office_id AND state = 'active' AND ends_on IS NOT NULL AND ends_on < @ends_before;

-- name: CountDecided :many
SELECT decided_on, state, COUNT(*) AS decided
FROM activations
WHERE office_id = @office_id AND decided_on IS NOT NULL AND decided_on >= @since
GROUP BY decided_on, state
ORDER BY decided_on;

-- name: ActivationsBounced :many
SELECT * FROM activation_details
WHERE office_id = @office_id AND state = 'awaiting_approval' AND delivery = 'bounced'
ORDER BY expires_at
LIMIT @max_rows;

-- name: ActivationsExpiring :many
SELECT * FROM activation_details
WHERE office_id = @office_id AND state = 'awaiting_approval' AND expires_at > @now AND expires_at <= @soon
ORDER BY expires_at
LIMIT @max_rows;

-- ActivationsDeclined reads the index by the day of the decision. The concatenation
-- excludes the indexes by state, which contain every declined activation.
-- name: ActivationsDeclined :many
SELECT * FROM activation_details
WHERE office_id = @office_id AND decided_on IS NOT NULL AND decided_on >= @since AND state || '' = 'declined'
ORDER BY decided_on DESC, state DESC, id DESC
LIMIT @max_rows;

-- CountAskedAgain and ActivationsAskedAgain have the requests for a new invitation that no
-- later activation of the customer and the solution answers.
-- name: CountAskedAgain :one
SELECT COUNT(*) FROM activations a
WHERE a.office_id = @office_id AND a.asked_again_at IS NOT NULL AND a.asked_again_at >= @since
  AND NOT EXISTS (SELECT 1 FROM activations n WHERE n.office_id = a.office_id AND n.customer_id = a.customer_id
    AND n.solution_id = a.solution_id AND n.requested_at > a.requested_at);

-- name: ActivationsAskedAgain :many
SELECT * FROM activation_details a
WHERE a.office_id = @office_id AND a.asked_again_at IS NOT NULL AND a.asked_again_at >= @since
  AND NOT EXISTS (SELECT 1 FROM activations n WHERE n.office_id = a.office_id AND n.customer_id = a.customer_id
    AND n.solution_id = a.solution_id AND n.requested_at > a.requested_at)
ORDER BY a.asked_again_at DESC, a.id DESC
LIMIT @max_rows;

-- name: CountAddressChanges :one
SELECT COUNT(*) FROM address_changes WHERE office_id = @office_id AND changed_at >= @since;

-- name: LastAddressChanges :many
SELECT ac.*, COALESCE(a.name, '') AS administrator_name, c.name AS customer_name, COALESCE(e.name, '') AS actor_name
FROM address_changes ac
JOIN customers c ON c.id = ac.customer_id
LEFT JOIN administrators a ON a.id = ac.administrator_id
LEFT JOIN employees e ON e.id = ac.actor
WHERE ac.office_id = @office_id AND ac.changed_at >= @since
ORDER BY ac.changed_at DESC, ac.id DESC
LIMIT @max_rows;

-- CountPendingEverywhere joins offices, because office_id is the first column of the index.
-- name: CountPendingEverywhere :one
SELECT COUNT(CASE WHEN a.requested_at >= @newest THEN 1 END) AS first_age,
       COUNT(CASE WHEN a.requested_at < @newest AND a.requested_at >= @middle THEN 1 END) AS second_age,
       COUNT(CASE WHEN a.requested_at < @middle AND a.requested_at >= @oldest THEN 1 END) AS third_age,
       COUNT(CASE WHEN a.requested_at < @oldest THEN 1 END) AS last_age,
       COUNT(CASE WHEN a.phase = 'activating' AND a.requested_at < @stuck THEN 1 END) AS stuck,
       COUNT(CASE WHEN a.phase = 'awaiting_approval' AND a.expires_at < @overdue THEN 1 END) AS overdue
FROM offices o
JOIN activations a ON a.office_id = o.id AND a.phase IN ('activating', 'awaiting_approval');
