<?php
// A list made on the shop's server. RECSVC_URL and RECSVC_KEY (scope read) come from its environment.

/** Returns the suggested items, best first; none where the service is away or slow. */
function recommend(array $query, float $timeout_seconds = 0.5): array
{
    $context = stream_context_create(['http' => [
        'method' => 'POST',
        'header' => ['Content-Type: application/json', 'X-API-Key: ' . getenv('RECSVC_KEY')],
        'content' => json_encode($query),
        'timeout' => $timeout_seconds,
    ]]);
    $body = @file_get_contents(getenv('RECSVC_URL') . '/v1/recommend', false, $context);
    $list = $body === false ? null : json_decode($body, true);
    return $list['items'] ?? [];
}

$user_id = '17850'; // of the session of the shop
$items = recommend(['user_id' => $user_id, 'placement' => 'for_you', 'n' => 6, 'fields' => 'title,url']);
?>
<?php if ($items): ?>
<h2>For you</h2>
<ul>
<?php foreach ($items as $item): ?>
  <li><a href="<?= htmlspecialchars($item['url'] ?? '#') ?>"><?= htmlspecialchars($item['title'] ?? $item['item_id']) ?></a></li>
<?php endforeach ?>
</ul>
<?php else: ?>
<p><a href="/bestsellers">See what others like</a></p>
<?php endif ?>
