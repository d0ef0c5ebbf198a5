<?php
$db = new PDO('sqlite:data/notes.db');
$db->exec('CREATE TABLE IF NOT EXISTS notes (text TEXT)');
if (!file_exists('config/config.php')) {
    file_put_contents('config/config.php', '<?php return ' . var_export(['installed' => true, 'id' => bin2hex(random_bytes(4))], true) . ";\n");
}
