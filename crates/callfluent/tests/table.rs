//! Lists as tables: the columns that are found, the values that fit, and `extra`.

#![cfg(feature = "table")]
#![allow(clippy::unwrap_used, clippy::indexing_slicing)]

use callfluent::bindings::catalog;
use callfluent::bindings::schema::{Kind, Naming};
use callfluent::bindings::table::{Batch, BatchBuilder, Buffers, Column, ColumnType, ColumnValues, TableSchema};
use proptest::prelude::*;
use serde_json::{Map, Value, json};

fn schema(columns: &[(&str, ColumnType)]) -> TableSchema {
    TableSchema::from_columns(columns.iter().map(|(name, kind)| Column::new(*name, *kind)).collect()).unwrap()
}

fn batch(schema: &TableSchema, records: &[Value]) -> Batch {
    let mut builder = BatchBuilder::new(schema);
    for record in records {
        builder.push(&record.to_string());
    }
    builder.finish()
}

/// Reads a column back as JSON: strings and JSON as text, timestamps as microseconds.
fn values(column: &ColumnValues, rows: usize) -> Vec<Value> {
    let value = |row: usize| match &column.buffers {
        Buffers::Int64(values) => json!(values[row]),
        Buffers::Float64(values) => json!(values[row]),
        Buffers::Boolean(values) => json!(values.get(row)),
        Buffers::String { offsets, bytes } => {
            let range = usize::try_from(offsets[row]).unwrap()..usize::try_from(offsets[row + 1]).unwrap();
            json!(std::str::from_utf8(&bytes[range]).unwrap())
        }
        _ => unreachable!("another kind of buffer"),
    };
    (0..rows).map(|row| if column.validity.get(row) { value(row) } else { Value::Null }).collect()
}

fn column(batch: &Batch, schema: &TableSchema, name: &str) -> Vec<Value> {
    let position = schema.columns().iter().position(|column| column.name == name).unwrap();
    values(&batch.columns[position], batch.rows)
}

fn found(records: &[&str]) -> Vec<(String, ColumnType)> {
    let columns = TableSchema::discovered(Vec::new(), records);
    columns.into_iter().map(|column| (column.name, column.column_type)).collect()
}

/// The cases that all languages share.
#[test]
fn the_shared_cases_have_their_columns_and_rows() {
    let path = concat!(env!("CARGO_MANIFEST_DIR"), "/../../tests/tables/cases.json");
    let cases: Vec<Value> = serde_json::from_str(&std::fs::read_to_string(path).unwrap()).unwrap();
    assert!(cases.len() > 2);
    let call = catalog::record_type("Call").unwrap();
    for case in &cases {
        let records: Vec<String> = case["records"].as_array().unwrap().iter().map(ToString::to_string).collect();
        let mut columns = TableSchema::documented(call, Naming::Snake);
        match case["types"].as_object() {
            Some(types) => columns
                .extend(types.iter().map(|(name, kind)| Column::new(name, kind.as_str().unwrap().parse().unwrap()))),
            None => columns = TableSchema::discovered(columns, &records),
        }
        let schema = TableSchema::from_columns(columns).unwrap();
        let columns = case["columns"].as_array().unwrap();
        assert_eq!(schema.columns().len(), columns.len(), "{}", case["name"]);
        let mut builder = BatchBuilder::new(&schema);
        for record in &records {
            builder.push(record);
        }
        let batch = builder.finish();
        for (index, pair) in columns.iter().enumerate() {
            let name = pair[0].as_str().unwrap();
            let kind = schema.columns().iter().find(|column| column.name == name).unwrap().column_type;
            assert_eq!(pair[1], kind.name(), "{}: {name}", case["name"]);
            for (row, cell) in column(&batch, &schema, name).iter().enumerate() {
                let expected = &case["rows"][row][index];
                let is_same = cell == expected || (cell.is_number() && cell.as_f64() == expected.as_f64());
                assert!(is_same, "{}: {name} of row {row}: {cell}", case["name"]);
            }
        }
    }
}

#[test]
fn types_of_columns_are_found_from_values() {
    let records = [
        r#"{"id": 1, "duration": "63", "started_at": 1767000000, "when": "2026-01-05T10:00:00Z", "status": "completed",
            "recorded": true, "turns": [{"text": "Hi"}], "score": 1, "mixed": 1, "empty": null}"#,
        r#"{"id": 2, "duration": 7.5, "started_at": null, "when": "2026-01-05 10:00:00", "status": "2026-01-05T10:00:00Z",
            "recorded": false, "turns": [], "score": 1.5, "mixed": "one", "empty": null}"#,
    ];
    let wanted = [
        ("id", ColumnType::Int64),
        ("duration", ColumnType::Float64),
        ("started_at", ColumnType::Timestamp),
        ("when", ColumnType::Timestamp),
        ("status", ColumnType::String),
        ("recorded", ColumnType::Boolean),
        ("turns", ColumnType::Json),
        ("score", ColumnType::Float64),
    ];
    assert_eq!(found(&records), wanted.map(|(name, kind)| (name.to_owned(), kind)));
}

#[test]
fn values_that_do_not_fit_go_to_extra() {
    let schema = schema(&[("id", ColumnType::Int64), ("duration", ColumnType::Float64)]);
    let batch = batch(
        &schema,
        &[json!({"id": 1, "duration": 2.5}), json!({"id": "x", "duration": "long", "mood": "good"}), json!({})],
    );
    assert_eq!(column(&batch, &schema, "id"), [json!(1), json!(null), json!(null)]);
    assert_eq!(column(&batch, &schema, "duration"), [json!(2.5), json!(null), json!(null)]);
    let extra = column(&batch, &schema, "extra");
    assert_eq!(extra[0], json!(null));
    let kept: Value = serde_json::from_str(extra[1].as_str().unwrap()).unwrap();
    assert_eq!(kept, json!({"id": "x", "duration": "long", "mood": "good"}));
    assert_eq!(extra[2], json!(null));
}

#[test]
fn times_are_microseconds_in_utc() {
    let schema = schema(&[("at", ColumnType::Timestamp)]);
    let times = [
        json!("1970-01-01T00:00:01Z"),
        json!("1970-01-01T01:00:01+01:00"),
        json!("1970-01-01 00:00:01.000001"),
        json!(1_767_000_000),
        json!(1_767_000_000_000_i64),
        json!("1970-01-01T00:00:01.0000001Z"),
        json!("yesterday"),
    ];
    let batch = batch(&schema, &times.map(|at| json!({ "at": at })));
    let micros = [json!(1_000_000), json!(1_000_000), json!(1_000_001), json!(1_767_000_000_000_000_i64)];
    assert_eq!(column(&batch, &schema, "at")[..4], micros);
    assert_eq!(column(&batch, &schema, "at")[4..], [json!(1_767_000_000_000_000_i64), json!(null), json!(null)]);
    assert!(column(&batch, &schema, "extra")[5].as_str().unwrap().contains(".0000001Z"));
}

#[test]
fn a_name_that_a_record_has_twice_is_kept_in_extra() {
    let schema = schema(&[("id", ColumnType::Int64)]);
    let mut builder = BatchBuilder::new(&schema);
    builder.push(r#"{"id": 1, "id": 2}"#);
    let batch = builder.finish();
    assert_eq!(column(&batch, &schema, "id"), [json!(1)]);
    assert_eq!(column(&batch, &schema, "extra"), [json!(r#"{"id":2}"#)]);
}

#[test]
fn a_shared_value_fills_its_column_and_keeps_other_values() {
    let schema = schema(&[("id", ColumnType::Int64), ("agent_id", ColumnType::Int64)]);
    let mut builder = BatchBuilder::new(&schema);
    for record in [r#"{"id": 1}"#, r#"{"id": 2, "agent_id": 7}"#, r#"{"id": 3, "agent_id": 8}"#] {
        builder.push_with(record, Some(("agent_id", "7")));
    }
    builder.push(r#"{"id": 4}"#);
    builder.push_with(r#"{"id": 5}"#, Some(("unknown", "7")));
    let batch = builder.finish();
    assert_eq!(column(&batch, &schema, "agent_id"), [json!(7), json!(7), json!(7), json!(null), json!(null)]);
    assert_eq!(column(&batch, &schema, "extra")[..3], [json!(null), json!(null), json!(r#"{"agent_id":8}"#)]);
}

#[test]
fn a_column_cannot_be_listed_twice_or_be_extra() {
    let columns = |names: &[&str]| names.iter().map(|name| Column::new(*name, ColumnType::String)).collect();
    let twice = TableSchema::from_columns(columns(&["a", "a"])).unwrap_err();
    assert_eq!(twice.to_string(), "column \"a\" is listed twice");
    assert!(TableSchema::from_columns(columns(&["extra"])).is_err());
}

#[test]
fn documented_fields_have_typed_columns() {
    let Kind::Page(call) = catalog::find("calls.list").unwrap().output else { panic!("not a page") };
    assert_eq!(TableSchema::documented(call, Naming::Snake)[0], Column::new("id", ColumnType::Int64));
    let Kind::List(Kind::Record(agent)) = catalog::find("agents.list").unwrap().output else { panic!("not a list") };
    let columns = TableSchema::documented(agent, Naming::Snake);
    assert!(columns.contains(&Column::new("answer_creativity", ColumnType::Float64)), "{columns:?}");
    assert_eq!(columns.len(), agent.fields.len());
}

fn any_value() -> impl Strategy<Value = Value> {
    prop_oneof![
        Just(Value::Null),
        any::<bool>().prop_map(Value::from),
        any::<i64>().prop_map(Value::from),
        // Each is exact in JSON, however its parser rounds.
        any::<i32>().prop_map(|number| Value::from(f64::from(number) / 4.0)),
        "[0-9:TZ.\"\\\\ é-]{0,12}".prop_map(Value::from),
        Just(json!({"nested": [1, 2]})),
    ]
}

fn any_record() -> impl Strategy<Value = Value> {
    proptest::collection::btree_map("id|duration|started_at|a|b|c\"|extra", any_value(), 0..6)
        .prop_map(|fields| Value::Object(fields.into_iter().collect()))
}

proptest! {
    #[test]
    fn each_value_is_in_its_column_or_in_extra(
        records in proptest::collection::vec(any_record(), 0..20),
        first_page in 0_usize..20,
    ) {
        let texts: Vec<_> = records.iter().map(Value::to_string).collect();
        let columns = TableSchema::discovered(Vec::new(), &texts[..first_page.min(texts.len())]);
        let schema = TableSchema::from_columns(columns).unwrap();
        let batch = batch(&schema, &records);
        prop_assert_eq!(batch.rows, records.len());
        let extra = column(&batch, &schema, "extra");
        for (row, record) in records.iter().enumerate() {
            let kept: Map<String, Value> =
                extra[row].as_str().map_or_else(Map::new, |text| serde_json::from_str(text).unwrap());
            for (name, value) in record.as_object().unwrap() {
                let position = schema.columns().iter().position(|column| column.name == *name && *name != "extra");
                let in_column = position.map(|position| values(&batch.columns[position], batch.rows)[row].clone());
                match in_column {
                    Some(Value::Null) | None if value.is_null() => {}
                    Some(Value::Null) | None => prop_assert_eq!(kept.get(name), Some(value)),
                    Some(_) => prop_assert!(!kept.contains_key(name), "{} is twice", name),
                }
            }
        }
    }
}
