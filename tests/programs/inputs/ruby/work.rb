# SPDX-License-Identifier: Apache-2.0
# Work for CRuby: text, numbers, blocks and fibers, exceptions, JSON, and files in /home.
require "digest"
require "erb"
require "json"
require "set"
require "strscan"

module Numbers
  def self.from(seed)
    Enumerator.new do |out|
      loop { out << ((seed = (seed * 1103515245 + 12345) & 0x7fffffff) >> 8) }
    end
  end
end

Point = Struct.new(:x, :y) do
  include Comparable
  def <=>(other) = [x, y] <=> [other.x, other.y]
  def neighbours = [Point.new(x + 1, y), Point.new(x, y + 1), Point.new(x - 1, y), Point.new(x, y - 1)]
end

# A calculator: a scanner and a parser by recursive descent.
class Calculator
  class Mistake < StandardError; end

  def initialize(text) = @scanner = StringScanner.new(text)

  def value
    sum.tap { raise Mistake, "rest: #{@scanner.rest.inspect}" unless @scanner.skip(/\s*/) && @scanner.eos? }
  end

  private

  def sum
    left = product
    while (sign = @scanner.scan(/\s*[-+]/))
      left = left.send(sign.strip, product)
    end
    left
  end

  def product
    left = power
    while (sign = @scanner.scan(%r{\s*[*/%]}))
      left = left.send(sign.strip, power)
    end
    left
  end

  def power
    base = factor
    @scanner.scan(/\s*\^/) ? base**power : base
  end

  def factor
    if @scanner.scan(/\s*\(/)
      inner = sum
      @scanner.scan(/\s*\)/) or raise Mistake, "no ) at #{@scanner.pos}"
      inner
    elsif (digits = @scanner.scan(/\s*\d+/))
      Rational(digits.strip)
    else
      raise Mistake, "no number at #{@scanner.pos}"
    end
  end
end

puts "arguments #{ARGV.inspect}, greeting #{ENV["GREETING"].inspect}"

words = File.read("/home/text.txt").downcase.scan(/[a-z']+/)
puts "words #{words.size}, different #{words.to_set.size}"
puts words.tally.sort_by { |word, count| [-count, word] }.first(8).map { |pair| pair.join(" ") }.join(", ")
puts "The speed of light, the end of time".gsub(/(?<what>\w+) of (?<whose>\w+)/, "\\k<whose>'s \\k<what>")

["1 + 2 * 3", "(1 + 2) * 3 ^ 2 ^ 2", "7 / 3 - 1 / 6", "2 ^ 200 % 1000007", "(1 + ", "4 4"].each do |text|
  puts "#{text} = #{Calculator.new(text).value}"
rescue Calculator::Mistake => mistake
  puts "#{text}: #{mistake.message}"
end

factorial = (1..400).inject(:*)
puts "400! #{factorial.to_s.size} #{Digest::SHA256.hexdigest(factorial.to_s)}"
puts "power #{3.pow(10**30 + 7, 2**127 - 1)}"
puts "floats #{0.1 + 0.2} #{10.0 / 3} #{1e20.to_i} #{Math.sqrt(2)} #{Complex(1, 2)**3}"

fibonacci = Fiber.new do
  a, b = 0, 1
  loop { Fiber.yield a; a, b = b, a + b }
end
puts "fibonacci #{Array.new(20) { fibonacci.resume }.join(" ")}"

sieve = (2..Float::INFINITY).lazy.select { |n| (2..Integer.sqrt(n)).none? { |d| (n % d).zero? } }
puts "primes #{sieve.first(40).each_slice(10).map { |ten| ten.sum }.inspect}"

seen = {Point.new(0, 0) => 0}
queue = [Point.new(0, 0)]
until queue.empty?
  here = queue.shift
  here.neighbours.each do |next_one|
    next if seen.key?(next_one) || ![next_one.x, next_one.y].all? { |n| n.between?(0, 24) }
    next if (next_one.x * 7 + next_one.y * 13 + next_one.x * next_one.y) % 5 == 0
    seen[next_one] = seen[here] + 1
    queue << next_one
  end
end
farthest = seen.max_by { |point, steps| [steps, point] }
puts "maze #{seen.size} reached, farthest #{farthest.first.to_a} in #{farthest.last}"

source = Numbers.from(7)
people = Array.new(50) do |i|
  {"id" => i, "name" => %w[Ada Brian Chen Dora Émile].fetch(source.next % 5), "score" => source.next % 1000 / 8.0}
end
text = JSON.pretty_generate(people)
File.write("/home/people.json", text)
again = JSON.parse(File.read("/home/people.json"), symbolize_names: true)
again.group_by { |person| person[:name] }.sort.each do |name, theirs|
  puts format("%-6s %3d %8.3f", name, theirs.size, theirs.sum { |person| person[:score] })
end

page = ERB.new(<<~PAGE, trim_mode: "-")
  <ul>
  <%- again.max_by(3) { |person| [person[:score], person[:id]] }.each do |person| -%>
    <li><%= person[:name].encode(xml: :text) %>: <%= person[:score] %></li>
  <%- end -%>
  </ul>
PAGE
puts page.result(binding)

Dir.mkdir("/home/parts")
text.each_line.each_slice(100).with_index { |lines, i| File.write("/home/parts/#{i}.txt", lines.join) }
puts Dir.children("/home/parts").sort.map { |name| "#{name} #{File.size("/home/parts/#{name}")}" }.join(", ")
File.rename("/home/parts/0.txt", "/home/first.txt")
File.delete("/home/parts/1.txt")
puts "left #{Dir["/home/parts/*"].sort.inspect}, first line #{File.foreach("/home/first.txt").first.inspect}"
["/etc/passwd", "/home/../etc/passwd", "/home/nothing"].each do |path|
  puts File.read(path)
rescue SystemCallError
  puts "refused #{path}"
end

puts "stdin #{$stdin.each_line.map(&:chomp).reject(&:empty?).max_by(&:size)}"
warn "written to standard error"
def deep(n) = n.zero? ? 0 : 1 + deep(n - 1)
puts "depth #{deep(500)}"
at_exit { puts "at the end" }
exit 3
