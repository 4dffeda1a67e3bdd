<?php
// SPDX-License-Identifier: Apache-2.0
// Work for PHP: classes, generators, regular expressions, XML, SQLite, and files in /home.
declare(strict_types=1);

enum Suit: string
{
    case Clubs = 'c';
    case Hearts = 'h';

    public function colour(): string
    {
        return match ($this) {
            self::Clubs => 'black',
            self::Hearts => 'red',
        };
    }
}

interface Shape
{
    public function area(): float;
}

final class Circle implements Shape
{
    public function __construct(private readonly float $radius)
    {
    }

    public function area(): float
    {
        return M_PI * $this->radius ** 2;
    }
}

final class Box implements Shape, JsonSerializable
{
    public function __construct(public readonly float $width, public readonly float $height)
    {
    }

    public function area(): float
    {
        return $this->width * $this->height;
    }

    public function jsonSerialize(): array
    {
        return ['box' => [$this->width, $this->height]];
    }
}

function numbers(int $seed): Generator
{
    while (true) {
        $seed = ($seed * 25173 + 13849) & 0xffff; // an int of this PHP has 32 bits
        yield $seed;
    }
}

function next_of(Generator $numbers): int
{
    $numbers->next();
    return $numbers->current();
}

$text = file_get_contents('/home/text.txt');
preg_match_all("/[a-z']+/", strtolower($text), $found);
$counts = array_count_values($found[0]);
uksort($counts, fn ($a, $b) => [$counts[$b], $a] <=> [$counts[$a], $b]);
printf("words %d, different %d\n", count($found[0]), count($counts));
foreach (array_slice($counts, 0, 5) as $word => $count) {
    printf("%-6s %d\n", $word, $count);
}
echo preg_replace_callback('/\b(\w)(\w*)/u', fn ($m) => mb_strtoupper($m[1]) . $m[2], "élan vital, ça va"), "\n";

foreach ([new Circle(1.5), new Box(2, 3.25)] as $shape) {
    echo get_class($shape), ' ', number_format($shape->area(), 6), "\n";
}
echo json_encode(['shapes' => [new Box(1, 2)], 'suit' => Suit::from('h')->colour(), 'é' => "\u{1F600}"]), "\n";
echo Suit::tryFrom('x')?->colour() ?? 'no suit', "\n";

$numbers = numbers(42);
$data = array_map(fn () => next_of($numbers) % 10007, range(1, 2000));
$sorted = $data;
sort($sorted);
echo 'sorted ', implode(' ', array_slice($sorted, 0, 5)), ' ', hash('sha256', implode(',', $sorted)), "\n";
echo 'crc ', hash('crc32b', serialize($data)), ' md5 ', md5(implode('', $data)), "\n";

$board = array_fill(0, 8, -1);
$solutions = 0;
$place = function (int $row) use (&$place, &$board, &$solutions): void {
    if ($row === 7) {
        $solutions++;
        return;
    }
    for ($column = 0; $column < 7; $column++) {
        for ($r = 0; $r < $row; $r++) {
            if ($board[$r] === $column || abs($board[$r] - $column) === $row - $r) {
                continue 2;
            }
        }
        $board[$row] = $column;
        $place($row + 1);
    }
};
$place(0);
echo "queens $solutions\n";

$document = new DOMDocument('1.0', 'UTF-8');
$document->formatOutput = true;
$list = $document->appendChild($document->createElement('list'));
foreach (array_slice($data, 0, 3) as $i => $value) {
    $item = $list->appendChild($document->createElement('item', (string) $value));
    $item->setAttribute('id', "n$i");
}
echo $document->saveXML();
$xml = simplexml_load_string($document->saveXML());
echo 'xpath ', (string) $xml->xpath('//item[@id="n1"]')[0], "\n";

$database = new PDO('sqlite:/home/data.db');
$database->setAttribute(PDO::ATTR_ERRMODE, PDO::ERRMODE_EXCEPTION);
$database->exec('create table n (id integer primary key, value int)');
$database->beginTransaction();
$insert = $database->prepare('insert into n (value) values (?)');
foreach (array_slice($data, 0, 300) as $value) {
    $insert->execute([$value]);
}
$database->commit();
$query = 'select value % 7 as class, count(*) as many, max(value) as most from n group by 1 order by 1';
foreach ($database->query($query, PDO::FETCH_ASSOC) as $row) {
    echo implode(' ', $row), "\n";
}
try {
    $database->exec('insert into n (id) values (1)');
} catch (PDOException $error) {
    echo 'refused: ', $error->getCode(), "\n";
}

mkdir('/home/out/deep', 0777, true);
file_put_contents('/home/out/deep/list.csv', '');
$file = fopen('/home/out/deep/list.csv', 'r+');
foreach (array_chunk(array_slice($data, 0, 40), 8) as $row) {
    fputcsv($file, $row, ',', '"', '');
}
rewind($file);
echo 'first line ', implode('|', fgetcsv($file, null, ',', '"', '')), "\n";
ftruncate($file, 100);
fclose($file);
clearstatcache();
echo 'size ', filesize('/home/out/deep/list.csv'), ' ', implode(' ', scandir('/home/out')), "\n";
foreach (['/etc/passwd', '/home/../etc/passwd'] as $path) {
    echo @file_get_contents($path) === false ? "refused\n" : "READ\n";
}
exit(5);
