<?php // The read buffer of STDIN gets the block of a list's table that grew away from it.
final class Kept { public array $data = [1]; }
$list = [];
for ($i = 0; $i < 600; $i++) {
    $list[] = new Kept();
}
echo "ready\n";
fgets(STDIN);
