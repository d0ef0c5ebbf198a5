<?php
// PUT keeps a note, GET shows how many there are and the last one.
$config = require 'config/config.php';
$db = new PDO('sqlite:data/notes.db');
if ($_SERVER['REQUEST_METHOD'] === 'PUT') {
    $db->prepare('INSERT INTO notes VALUES (?)')->execute([file_get_contents('php://input')]);
}
header('Content-Type: text/plain');
echo 'installed: ', json_encode($config['installed']), ', notes: ', $db->query("SELECT count(*) || ' ' || coalesce(max(text), '') FROM notes")->fetchColumn(), "\n";
