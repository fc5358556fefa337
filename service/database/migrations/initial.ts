import { Migration } from '@mikro-orm/migrations'

/** The schema as the entities describe it; a test holds the two equal. */
export class Initial extends Migration {
  override up(): void {
    this.addSql(schema)
  }
}

const schema = `
create table correction (
  id uuid not null default gen_random_uuid(),
  target_type text not null,
  target_id text not null,
  patch jsonb not null,
  state text not null default 'submitted',
  submitter text null,
  reviewer text null,
  created_at timestamptz not null default now(),
  reviewed_at timestamptz null,
  primary key (id)
);
create table currency (
  code text not null,
  name text not null,
  symbol text not null,
  primary key (code)
);
create table dataset_import (
  id serial primary key,
  imported_at timestamptz not null default now(),
  report jsonb not null
);
create table language (
  code text not null,
  name text not null,
  primary key (code)
);
create table revision (
  id serial primary key,
  target_type text not null,
  target_id text not null,
  patch jsonb not null,
  version int not null,
  created_at timestamptz not null default now()
);
create index revision_target_type_target_id_id_index on revision (target_type, target_id, id);
create table timezone (
  name text not null,
  primary key (name)
);
create table country (
  code text not null,
  alpha3 text not null,
  numeric_code text null,
  name text not null,
  name_key text collate "C" not null,
  search_key text not null,
  official_name text not null,
  native_names jsonb not null,
  translations jsonb not null,
  region text not null,
  subregion text null,
  latitude double precision not null,
  longitude double precision not null,
  area double precision null,
  landlocked boolean not null,
  independent boolean null,
  un_member boolean not null,
  flag text not null,
  calling_codes text[] not null,
  top_level_domains text[] not null,
  capital_id int null,
  version int not null default 1,
  updated_at timestamptz not null default now(),
  primary key (code)
);
alter table country add constraint country_alpha3_unique unique (alpha3);
alter table country add constraint country_numeric_code_unique unique (numeric_code);
create index country_region_index on country (region);
alter table country add constraint country_capital_id_unique unique (capital_id);
create table subdivision (
  geonames_code text not null,
  name text not null,
  name_key text collate "C" not null,
  country_code text not null,
  primary key (geonames_code)
);
create index subdivision_country_code_name_key_index on subdivision (country_code, name_key);
create table country_timezone (
  country_code text not null,
  timezone_name text not null,
  primary key (country_code, timezone_name)
);
create table country_neighbour (
  country_code text not null,
  neighbour_code text not null,
  primary key (country_code, neighbour_code)
);
create table country_language (
  country_code text not null,
  language_code text not null,
  primary key (country_code, language_code)
);
create table country_currency (
  country_code text not null,
  currency_code text not null,
  primary key (country_code, currency_code)
);
create table city (
  id int not null,
  name text not null,
  ascii_name text not null,
  name_key text collate "C" not null,
  latitude double precision not null,
  longitude double precision not null,
  feature_code text not null,
  country_code text not null,
  subdivision_geonames_code text null,
  timezone_name text not null,
  population int null,
  population_rank int generated always as (coalesce(population, 0)) stored not null,
  elevation int null,
  version int not null default 1,
  updated_at timestamptz not null default now(),
  primary key (id)
);
create index city_population_rank_id_index on city (population_rank, id);
create index city_country_code_population_rank_id_index on city (country_code, population_rank, id);
create index city_subdivision_geonames_code_population_rank_id_index on city (subdivision_geonames_code, population_rank, id);
create index city_timezone_name_population_rank_id_index on city (timezone_name, population_rank, id);
create index city_name_key_id_index on city (name_key, id);
create index city_country_code_name_key_id_index on city (country_code, name_key, id);
create index city_subdivision_geonames_code_name_key_id_index on city (subdivision_geonames_code, name_key, id);
create table city_name (
  city_id int not null,
  name text not null,
  primary key (city_id, name)
);
alter table country add constraint country_capital_id_foreign foreign key (capital_id) references city (id) on delete set null;
alter table subdivision add constraint subdivision_country_code_foreign foreign key (country_code) references country (code);
alter table country_timezone add constraint country_timezone_country_code_foreign foreign key (country_code) references country (code) on update cascade on delete cascade;
alter table country_timezone add constraint country_timezone_timezone_name_foreign foreign key (timezone_name) references timezone (name) on update cascade on delete cascade;
alter table country_neighbour add constraint country_neighbour_country_code_foreign foreign key (country_code) references country (code) on update cascade on delete cascade;
alter table country_neighbour add constraint country_neighbour_neighbour_code_foreign foreign key (neighbour_code) references country (code) on update cascade on delete cascade;
alter table country_language add constraint country_language_country_code_foreign foreign key (country_code) references country (code) on update cascade on delete cascade;
alter table country_language add constraint country_language_language_code_foreign foreign key (language_code) references language (code) on update cascade on delete cascade;
alter table country_currency add constraint country_currency_country_code_foreign foreign key (country_code) references country (code) on update cascade on delete cascade;
alter table country_currency add constraint country_currency_currency_code_foreign foreign key (currency_code) references currency (code) on update cascade on delete cascade;
alter table city add constraint city_country_code_foreign foreign key (country_code) references country (code);
alter table city add constraint city_subdivision_geonames_code_foreign foreign key (subdivision_geonames_code) references subdivision (geonames_code) on delete set null;
alter table city add constraint city_timezone_name_foreign foreign key (timezone_name) references timezone (name);
alter table city_name add constraint city_name_city_id_foreign foreign key (city_id) references city (id) on delete cascade;
`
