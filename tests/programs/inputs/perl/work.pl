# SPDX-License-Identifier: Apache-2.0
# Work for Perl: hashes, sorting, regular expressions, closures, formats, local, die and eval.
use strict;
use warnings;
our $result = '';
my $print = sub { $result .= join('', @_) . "\n" };

my $text = $main::text;
my %count;
$count{lc $1}++ while $text =~ /([A-Za-z']+)/g;
my @common = sort { $count{$b} <=> $count{$a} || $a cmp $b } keys %count;
$print->(scalar(keys %count), ' words: ', join ', ', map { "$_ $count{$_}" } @common[0 .. 7]);

(my $swapped = 'The speed of light, the end of time') =~ s/(\w+) of (\w+)/$2's $1/g;
$print->($swapped);
my $nested = qr/\((?:[^()]++|(??{ our $nested_again }))*\)/;
our $nested_again = $nested;
$print->(join ' | ', 'f(a, (b), g(c (d))) + (e)' =~ /($nested)/g);
$print->(join ' ', map { sprintf '%s', $_ } '2026-11-05T06:07:08' =~ /^(?<y>\d+)-(?<m>\d+)-(\d+)T(.*)$/);
$print->("$+{y}/$+{m}");

# The towers of Hanoi, and numbers by a closure.
my $moves = 0;
sub hanoi { my ($n, $from, $to, $via) = @_; return unless $n; hanoi($n - 1, $from, $via, $to); $moves++; hanoi($n - 1, $via, $to, $from) }
hanoi(12, 'a', 'c', 'b');
$print->("moves $moves");
my $seed = 7;
my $next = sub { $seed = ($seed * 25173 + 13849) % 65536 };
my @numbers = map { $next->() } 1 .. 500;
my @sorted = sort { $a <=> $b } @numbers;
$print->("sorted @sorted[0 .. 4], sum ", eval { my $s = 0; $s += $_ for @numbers; $s });
$print->('checksum ', unpack('%32C*', join ',', @sorted), ' packed ', unpack('H*', pack('NnCA3', 1 << 30, 513, 65, 'xyz')));

# Objects, overloading, destruction.
package Fraction;
use overload '+' => \&plus, '*' => \&times, '""' => sub { "$_[0]{n}/$_[0]{d}" }, '<=>' => sub { $_[0]{n} * $_[1]{d} <=> $_[1]{n} * $_[0]{d} };
our $gone = 0;
sub gcd { my ($a, $b) = @_; ($a, $b) = ($b, $a % $b) while $b; $a }
sub new { my ($class, $n, $d) = @_; my $g = gcd($n, $d); bless { n => $n / $g, d => $d / $g }, $class }
sub plus { my ($a, $b) = @_; Fraction->new($a->{n} * $b->{d} + $b->{n} * $a->{d}, $a->{d} * $b->{d}) }
sub times { my ($a, $b) = @_; Fraction->new($a->{n} * $b->{n}, $a->{d} * $b->{d}) }
sub DESTROY { $gone++ }
package main;
{
    my $sum = Fraction->new(0, 1);
    $sum = $sum + Fraction->new(1, $_) for 1 .. 10;
    $print->("harmonic $sum, half of it ", $sum * Fraction->new(1, 2));
    my @fractions = sort { $a <=> $b } map { Fraction->new($_ % 7 + 1, $_ % 5 + 2) } 1 .. 8;
    $print->("@fractions");
}
$print->("gone $Fraction::gone");

for my $code ('1 / 0', 'die { code => 42 }', '[1 .. 3]->[5]->{x}', 'no_such_function()', '"a" x 3 . "b"') {
    my $value = eval $code;
    my $error = ref $@ ? "an object with $@->{code}" : $@ =~ s/ at .*//sr;
    $print->("$code: ", $error || (defined $value ? $value : 'undef'));
}
our $level = 'outer';
sub level { $level }
sub inner { local $level = 'inner'; level() }
$print->(inner(), ' ', level(), ' ', wantarray() ? 'list' : 'scalar');
$print->(join ' ', 0.1 + 0.2, 1e15 + 0.3, 10 / 3, 2 ** 0.5, int(-7 / 2), -7 % 3, 9007199254740993, '10' + '20', 'abc' lt 'abd');
$print->(sprintf '%05.2f|%-6s|%+d|%x|%o|%e|%s', 3.14159, 'ab', 5, 255, 8, 12345.678, join ',', reverse 1 .. 3);
my %tree = (a => [1, { b => [2, 3] }], c => sub { "called with @_" });
$print->("$tree{a}[1]{b}[-1] ", $tree{c}->(1, 2), ' ', exists $tree{x} ? 1 : 0, ' ', join ',', sort keys %tree);
(my $roman = 'MCMXCIV') =~ tr/IVXLCDM/A-G/;
$print->($roman, ' ', ucfirst lc 'ECOLE', ' ', scalar reverse('stressed'));
1;
