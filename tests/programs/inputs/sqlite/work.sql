-- SPDX-License-Identifier: Apache-2.0
create table items (name text primary key, material text, price real);
.mode csv
.import /home/items.csv items
.mode list
create table orders (id integer primary key, item text references items, amount int check (amount > 0), day date);
create index by_item on orders (item, day);
begin;
with recursive n(i) as (select 1 union all select i + 1 from n where i < 2000)
insert into orders
  select i, (select name from items where rowid = i * 7919 % 5 + 1), i * 31 % 17 + 1,
         date('2026-01-01', (i * 13 % 365) || ' days') from n;
commit;
select count(*), sum(amount), min(day), max(day) from orders;
create view ranking as
  select item, material, round(sum(amount * price), 2) as total,
         rank() over (order by sum(amount * price) desc) as place
  from orders join items on item = name group by item;
select * from ranking order by place;
select strftime('%m', day) as month, group_concat(distinct material) from orders join items on item = name
  group by month having count(*) > 160 order by month;
select item, day, amount, sum(amount) over (partition by item order by day, id rows 2 preceding)
  from orders where day < '2026-01-04' order by item, day, id limit 12;
explain query plan select * from orders where item = 'nut' and day > '2026-12-01';
insert into items values ('nut', 'brass', 0.5) on conflict (name) do update set price = excluded.price;
begin;
delete from orders where amount % 2;
savepoint half;
update orders set amount = amount * 10;
rollback to half;
select 'in the transaction', count(*), sum(amount) from orders;
rollback;
insert into orders values (1, 'nut', 1, '2026-01-01');
insert into orders values (9999, 'nut', 0, '2026-01-01');
select printf('%08.3f|%x|%s', 3.14159, 255, quote('it''s')), hex(zeroblob(3)), 7 / 2, 7 / 2.0, 9223372036854775807 + 1;
with recursive
  x(x) as (values (-2.0) union all select x + 0.1 from x where x < 1.0),
  y(y) as (values (-1.0) union all select y + 0.2 from y where y < 1.0),
  m(n, cx, cy, x, y) as (
    select 0, x, y, 0.0, 0.0 from x, y union all
    select n + 1, cx, cy, x * x - y * y + cx, 2.0 * x * y + cy from m where x * x + y * y < 4.0 and n < 16),
  deep(n, cx, cy) as (select max(n), cx, cy from m group by cx, cy),
  lines(line) as (select group_concat(substr(' .+*#', 1 + min(n / 3, 4), 1), '') from deep group by cy)
select group_concat(rtrim(line), x'0a') from lines;
drop index by_item;
vacuum;
select type, name, sql from sqlite_master order by name;
