//! Record batches of arrow-rs: they equal those that the builders of arrow-rs make from the same
//! values, and Parquet files have all rows.

#![allow(clippy::unwrap_used, clippy::expect_used, clippy::indexing_slicing, clippy::panic, clippy::pedantic)]

use std::sync::Arc;

use arrow_array::builder::{BooleanBuilder, Float64Builder, Int64Builder, StringBuilder, TimestampMicrosecondBuilder};
use arrow_array::cast::AsArray;
use arrow_array::types::Int64Type;
use arrow_array::{Array, ArrayRef, RecordBatch};
use callfluent::Call;
use callfluent::arrow::{ColumnType, Columns, ParquetWriter};
use parquet::arrow::arrow_reader::ParquetRecordBatchReaderBuilder;
use parquet::file::metadata::RowGroupMetaData;
use proptest::prelude::*;
use serde_json::{Map, Value, json};

/// The values of one call: one for each type of a column.
#[derive(Debug, Clone)]
struct Row {
    id: i64,
    score: Option<i64>,
    duration: Option<f64>,
    recorded: Option<bool>,
    status: Option<String>,
    started_at: Option<i64>,
    turns: Option<Vec<i64>>,
    other: Option<String>,
}

fn any_row() -> impl Strategy<Value = Row> {
    let text = "[a-zé\"\\\\ 😀]{0,12}";
    (
        0..i64::MAX,
        any::<Option<i64>>(),
        proptest::option::of(-1e12..1e12_f64),
        any::<Option<bool>>(),
        proptest::option::of(text),
        proptest::option::of(1_600_000_000_i64..1_900_000_000),
        proptest::option::of(proptest::collection::vec(any::<i64>(), 0..3)),
        proptest::option::of(text),
    )
        .prop_map(|(id, score, duration, recorded, status, started_at, turns, other)| Row {
            id,
            score,
            duration,
            recorded,
            status,
            started_at,
            turns,
            other,
        })
}

impl Row {
    fn call(&self) -> Call {
        let mut fields = Map::new();
        fields.insert("id".into(), json!(self.id));
        let mut insert = |name: &str, value: Option<Value>| value.map(|value| fields.insert(name.to_owned(), value));
        insert("score", self.score.map(Value::from));
        insert("duration", self.duration.map(Value::from));
        insert("recorded", self.recorded.map(Value::from));
        insert("status", self.status.clone().map(Value::from));
        insert("started_at", self.started_at.map(Value::from));
        insert("turns", self.turns.clone().map(Value::from));
        insert("other", self.other.clone().map(Value::from));
        serde_json::from_value(Value::Object(fields)).unwrap()
    }

    /// Returns the values without a column.
    fn extra(&self) -> Option<String> {
        self.other.as_ref().map(|other| json!({ "other": other }).to_string())
    }
}

fn columns() -> Columns {
    let mut columns = Columns::documented::<Call>().unwrap();
    for (name, column_type) in [
        ("score", ColumnType::Int64),
        ("duration", ColumnType::Float64),
        ("recorded", ColumnType::Boolean),
        ("status", ColumnType::String),
        ("started_at", ColumnType::Timestamp),
        ("turns", ColumnType::Json),
    ] {
        columns = columns.with(name, column_type).unwrap();
    }
    columns
}

/// The same table, by the builders of arrow-rs.
fn by_arrow_rs(columns: &Columns, rows: &[Row]) -> RecordBatch {
    let mut started_at = TimestampMicrosecondBuilder::new();
    let (mut id, mut score, mut duration) = (Int64Builder::new(), Int64Builder::new(), Float64Builder::new());
    let (mut recorded, mut status) = (BooleanBuilder::new(), StringBuilder::new());
    let (mut turns, mut extra) = (StringBuilder::new(), StringBuilder::new());
    for row in rows {
        id.append_value(row.id);
        score.append_option(row.score);
        duration.append_option(row.duration);
        recorded.append_option(row.recorded);
        status.append_option(row.status.as_ref());
        started_at.append_option(row.started_at.map(|seconds| seconds * 1_000_000));
        turns.append_option(row.turns.as_ref().map(|turns| json!(turns).to_string()));
        extra.append_option(row.extra());
    }
    let arrays: Vec<ArrayRef> = vec![
        Arc::new(id.finish()),
        Arc::new(score.finish()),
        Arc::new(duration.finish()),
        Arc::new(recorded.finish()),
        Arc::new(status.finish()),
        Arc::new(started_at.finish().with_timezone("UTC")),
        Arc::new(turns.finish()),
        Arc::new(extra.finish()),
    ];
    RecordBatch::try_new(columns.schema(), arrays).unwrap()
}

proptest! {
    #[test]
    fn batches_equal_those_of_the_builders_of_arrow_rs(rows in proptest::collection::vec(any_row(), 0..40)) {
        let columns = columns();
        let calls: Vec<_> = rows.iter().map(Row::call).collect();
        let batch = columns.record_batch(&calls).unwrap();
        for column in batch.columns() {
            column.to_data().validate_full().unwrap();
        }
        prop_assert_eq!(batch, by_arrow_rs(&columns, &rows));
    }

    #[test]
    fn a_parquet_file_has_the_rows_of_its_records(rows in proptest::collection::vec(any_row(), 0..40)) {
        let columns = columns();
        let calls: Vec<_> = rows.iter().map(Row::call).collect();
        let mut file = ParquetWriter::new(Vec::new(), &columns).unwrap();
        for page in calls.chunks(7) {
            file.write(page).unwrap();
        }
        let bytes = bytes::Bytes::from(file.finish().unwrap());
        let reader = ParquetRecordBatchReaderBuilder::try_new(bytes).unwrap().build().unwrap();
        let read: Vec<_> = reader.collect::<Result<_, _>>().unwrap();
        prop_assert_eq!(read.iter().map(RecordBatch::num_rows).sum::<usize>(), rows.len());
        for batch in read {
            let wanted = by_arrow_rs(&columns, &rows);
            prop_assert_eq!(batch.columns(), wanted.columns());
        }
    }
}

#[test]
fn pages_become_row_groups_of_a_fixed_size() {
    let columns = Columns::documented::<Call>().unwrap();
    let calls: Vec<Call> = (0..1_000).map(|id| serde_json::from_value(json!({ "id": id })).unwrap()).collect();
    let mut file = ParquetWriter::new(Vec::new(), &columns).unwrap();
    for _ in 0..70 {
        file.write(&calls).unwrap();
    }
    let reader = ParquetRecordBatchReaderBuilder::try_new(bytes::Bytes::from(file.finish().unwrap())).unwrap();
    let groups: Vec<_> = reader.metadata().row_groups().iter().map(RowGroupMetaData::num_rows).collect();
    assert_eq!(groups, [65_536, 4_464]);
}

#[test]
fn columns_of_undocumented_fields_are_found() {
    let calls: Vec<Call> =
        [json!({"id": 1, "at": "2026-01-05T10:00:00Z", "duration": 60}), json!({"id": 2, "mood": "good"})]
            .map(|call| serde_json::from_value(call).unwrap())
            .into();
    let columns = Columns::found_in(&calls).unwrap();
    let schema = columns.schema();
    let names: Vec<_> = schema.fields().iter().map(|field| field.name().as_str()).collect();
    assert_eq!(names, ["id", "at", "duration", "mood", "extra"]);
    let batch = columns.record_batch(&calls).unwrap();
    assert_eq!(batch["id"].as_primitive::<Int64Type>().values().to_vec(), [1, 2]);
    assert_eq!(
        columns.with("extra", ColumnType::Json).unwrap_err().to_string(),
        "column \"extra\" is added to each table"
    );
}

#[tokio::test]
async fn an_export_to_parquet_has_the_rows_of_the_lists() {
    let sandbox = callfluent_sandbox::Sandbox::builder().demo(true).page_size(10).start().await.unwrap();
    let builder = callfluent::CallFluent::builder().api_key(sandbox.api_key()).base_url(sandbox.base_url());
    let client = builder.build().unwrap();
    let path = std::path::Path::new(env!("CARGO_TARGET_TMPDIR")).join(format!("calls-{}.parquet", std::process::id()));
    let exported = || {
        let reader = ParquetRecordBatchReaderBuilder::try_new(std::fs::File::open(&path).unwrap()).unwrap();
        reader.build().unwrap().map(Result::unwrap).collect::<Vec<RecordBatch>>()
    };
    let result = client.calls().export(&path).agent_ids([1001, 1002]).await.unwrap();
    let batches = exported();
    let (mut rows, mut wanted) = (Vec::new(), Vec::new());
    for agent in [1001, 1002] {
        let mut calls = client.calls().list_all(agent);
        while let Some(call) = calls.next().await {
            wanted.push((call.unwrap().id.as_i64().unwrap(), agent));
        }
    }
    for batch in &batches {
        let column = |name: &str| batch.column_by_name(name).unwrap().as_primitive::<Int64Type>().values().to_vec();
        rows.extend(column("id").into_iter().zip(column("agent_id")));
    }
    assert_eq!((rows, result.calls), (wanted.clone(), wanted.len() as u64));
    let schema = batches[0].schema();
    let names: Vec<_> = schema.fields().iter().map(|field| field.name().as_str()).collect();
    assert_eq!((&names[..2], names.last()), (&["id", "agent_id"][..], Some(&"extra")));

    let export = client.calls().export(&path).agent_ids([1001]).column("duration", ColumnType::Float64);
    export.await.unwrap();
    let schema = exported()[0].schema();
    let names: Vec<_> = schema.fields().iter().map(|field| field.name().as_str()).collect();
    assert_eq!(names, ["id", "agent_id", "duration", "extra"]);
    let error = client.calls().export("calls.csv").agent_ids([1]).column("a", ColumnType::Int64).await.unwrap_err();
    assert!(error.to_string().contains("columns: only Parquet files have typed columns"), "{error}");
    std::fs::remove_file(&path).unwrap();
}
