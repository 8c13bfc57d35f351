"""The call history of a workspace in Spark: a table, and a stream of new calls.

    pip install callfluent 'pyspark>=4.1' pyarrow pandas    # Java 17 or later
    export CALLFLUENT_API_KEY=...
    python spark_calls.py WORKSPACE

Driver and workers read the key from the environment. On a cluster, set it for the executors, too:
`spark.executorEnv.CALLFLUENT_API_KEY`.
"""

import sys
import tempfile

from pyspark.sql import SparkSession, functions  # pyright: ignore[reportMissingImports]

from callfluent.spark import CallFluentDataSource


def main(workspace_id: str) -> None:
    spark = (
        SparkSession.builder.master("local[2]")
        .config("spark.sql.session.timeZone", "UTC")
        .config("spark.sql.shuffle.partitions", "2")
        # For the option push_filters.
        .config("spark.sql.python.filterPushdown.enabled", "true")
        .getOrCreate()
    )
    spark.dataSource.register(CallFluentDataSource)

    # Two tasks run at once. Each gets half of the rate.
    options = {"workspace_id": workspace_id, "requests_per_second": "50", "workers": "2"}
    calls = spark.read.format("callfluent").options(**options).load()
    calls.groupBy("agent_id", "status").agg(functions.count("*"), functions.avg("duration")).show()

    # The schema names the columns to read. An agent that the filter excludes is not requested.
    schema = "id bigint, agent_id bigint, started_at timestamp, duration double"
    few = spark.read.format("callfluent").options(**options, push_filters="true").schema(schema).load()
    few = few.where("agent_id = 1002")
    few.explain()
    print(few.count(), "calls of one agent")

    # Each batch has the calls that are new since the one before; the checkpoint remembers the IDs.
    stream = spark.readStream.format("callfluent").options(**options).schema(schema).load()
    hours = (
        stream.withWatermark("started_at", "1 day")
        .groupBy(functions.window("started_at", "1 hour"))
        .agg(functions.count("*").alias("calls"))
    )
    with tempfile.TemporaryDirectory() as checkpoint:
        query = (
            hours.writeStream.format("memory")
            .queryName("hours")
            .outputMode("complete")
            .option("checkpointLocation", checkpoint)
            .trigger(availableNow=True)
            .start()
        )
        query.awaitTermination(120)
        spark.sql("select sum(calls) from hours").show()
    spark.stop()


if __name__ == "__main__":
    main(sys.argv[1])
