// Speaks to the endpoint as Grafana's ClickHouse data source does: clickhouse-go over HTTP.
package main

import (
	"context"
	"errors"
	"fmt"
	"os"
	"strings"

	"github.com/ClickHouse/clickhouse-go/v2"
)

func options(address string, method clickhouse.CompressionMethod) *clickhouse.Options {
	return &clickhouse.Options{
		Addr:        []string{address},
		Protocol:    clickhouse.HTTP,
		Auth:        clickhouse.Auth{Database: "default", Username: "default"},
		Compression: &clickhouse.Compression{Method: method, Level: 3},
	}
}

// native inserts a batch and reads it back through clickhouse.Conn.
func native(ctx context.Context, address, table string, method clickhouse.CompressionMethod) error {
	conn, err := clickhouse.Open(options(address, method))
	if err != nil {
		return err
	}
	defer conn.Close()
	if err := conn.Ping(ctx); err != nil {
		return fmt.Errorf("ping: %w", err)
	}
	if err := conn.Exec(ctx, "CREATE TABLE "+table+" (a UInt64, s String) ENGINE = MergeTree ORDER BY a"); err != nil {
		return fmt.Errorf("create: %w", err)
	}
	batch, err := conn.PrepareBatch(ctx, "INSERT INTO "+table+" (a, s)")
	if err != nil {
		return fmt.Errorf("prepare: %w", err)
	}
	for i := range uint64(50_000) {
		if err := batch.Append(i, strings.Repeat("x", int(i%40))); err != nil {
			return err
		}
	}
	if err := batch.Send(); err != nil {
		return fmt.Errorf("send: %w", err)
	}
	rows, err := conn.Query(ctx, "SELECT a, s FROM "+table+" WHERE a >= {low:UInt64} ORDER BY a", clickhouse.Named("low", "10"))
	if err != nil {
		return fmt.Errorf("query: %w", err)
	}
	defer rows.Close()
	want := uint64(10)
	for rows.Next() {
		var a uint64
		var s string
		if err := rows.Scan(&a, &s); err != nil {
			return err
		}
		if a != want || len(s) != int(a%40) {
			return fmt.Errorf("row %d: got %d and %d letters", want, a, len(s))
		}
		want++
	}
	if err := rows.Err(); err != nil {
		return err
	}
	if want != 50_000 {
		return fmt.Errorf("read up to row %d", want)
	}
	return nil
}

// failures checks that errors arrive as typed exceptions, before and amid a result.
func failures(ctx context.Context, address string, method clickhouse.CompressionMethod) error {
	conn, err := clickhouse.Open(options(address, method))
	if err != nil {
		return err
	}
	defer conn.Close()
	var exception *clickhouse.Exception
	_, err = conn.Query(ctx, "SELECT * FROM no_such_table")
	if !errors.As(err, &exception) || exception.Code != 60 {
		return fmt.Errorf("unknown table: %w", err)
	}
	rows, err := conn.Query(ctx, "SELECT throwIf(number = 3000000) FROM numbers(4000000)")
	if err == nil {
		for rows.Next() {
		}
		err = rows.Err()
		rows.Close()
	}
	if err == nil || !strings.Contains(err.Error(), "throwIf") {
		return fmt.Errorf("amid the result: %w", err)
	}
	return nil
}

// database reads through database/sql.
func database(ctx context.Context, address string, method clickhouse.CompressionMethod) error {
	db := clickhouse.OpenDB(options(address, method))
	defer db.Close()
	var text string
	var total uint64
	row := db.QueryRowContext(ctx, "SELECT ?, sum(number) FROM numbers(100000)", "it's")
	if err := row.Scan(&text, &total); err != nil {
		return err
	}
	if text != "it's" || total != 4999950000 {
		return fmt.Errorf("got %q and %d", text, total)
	}
	return nil
}

func main() {
	methods := map[string]clickhouse.CompressionMethod{
		"none": clickhouse.CompressionNone, "lz4": clickhouse.CompressionLZ4,
		"zstd": clickhouse.CompressionZSTD, "gzip": clickhouse.CompressionGZIP,
		"deflate": clickhouse.CompressionDeflate,
	}
	address, name := os.Args[1], os.Args[2]
	ctx := context.Background()
	for step, err := range map[string]error{
		"native":       native(ctx, address, "go_"+name, methods[name]),
		"failures":     failures(ctx, address, methods[name]),
		"database/sql": database(ctx, address, methods[name]),
	} {
		if err != nil {
			fmt.Fprintf(os.Stderr, "%s: %v\n", step, err)
			os.Exit(1)
		}
	}
	fmt.Println("ok")
}
