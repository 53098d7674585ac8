module early/executable

go 1.26
