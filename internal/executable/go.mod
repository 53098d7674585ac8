module early.internal/executable

go 1.26
