<?php
// A receiver of webhooks. RECSVC_WEBHOOKS_SECRET comes from its environment, which PHP-FPM clears: name it there in env[].

$key = (string) base64_decode(substr((string) getenv('RECSVC_WEBHOOKS_SECRET'), strlen('whsec_')));
if (strlen($key) < 24) { // by an empty key, anybody could sign
    error_log('RECSVC_WEBHOOKS_SECRET is missing or too short');
    http_response_code(500);
    exit;
}
$body = file_get_contents('php://input');
$id = $_SERVER['HTTP_WEBHOOK_ID'] ?? '';
$timestamp = $_SERVER['HTTP_WEBHOOK_TIMESTAMP'] ?? '0';
$expected = 'v1,' . base64_encode(hash_hmac('sha256', "$id.$timestamp.$body", $key, true));
$is_ours = false;
foreach (explode(' ', $_SERVER['HTTP_WEBHOOK_SIGNATURE'] ?? '') as $signature) {
    $is_ours = hash_equals($expected, $signature) || $is_ours;
}
if (!$is_ours || abs(time() - (int) $timestamp) > 300) {
    http_response_code(401);
    exit;
}
$webhook = json_decode($body, true);
http_response_code(204);
error_log("$id {$webhook['type']} " . ($webhook['data']['user_id'] ?? '')); // where $id was not seen before
