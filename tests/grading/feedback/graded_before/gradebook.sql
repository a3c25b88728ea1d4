PRAGMA foreign_keys=OFF;
BEGIN TRANSACTION;
CREATE TABLE student (
	id VARCHAR(128) NOT NULL, 
	first_name VARCHAR(128), 
	last_name VARCHAR(128), 
	email VARCHAR(128), 
	lms_user_id VARCHAR(128), 
	PRIMARY KEY (id)
);
INSERT INTO student VALUES('ada',NULL,NULL,NULL,NULL);
CREATE TABLE course (
	id VARCHAR(128) NOT NULL, 
	PRIMARY KEY (id), 
	UNIQUE (id)
);
INSERT INTO course VALUES('deep-learning');
INSERT INTO course VALUES('default_course');
CREATE TABLE assignment (
	id VARCHAR(32) NOT NULL, 
	name VARCHAR(128) NOT NULL, 
	duedate DATETIME, 
	course_id VARCHAR(128) NOT NULL, 
	PRIMARY KEY (id), 
	UNIQUE (name), 
	FOREIGN KEY(course_id) REFERENCES course (id)
);
INSERT INTO assignment VALUES('5152bf232de74a3abd29315377ca83da','tiny',NULL,'deep-learning');
CREATE TABLE notebook (
	id VARCHAR(32) NOT NULL, 
	name VARCHAR(128) NOT NULL, 
	assignment_id VARCHAR(32), 
	kernelspec VARCHAR(1024), 
	PRIMARY KEY (id), 
	UNIQUE (name, assignment_id), 
	FOREIGN KEY(assignment_id) REFERENCES assignment (id)
);
INSERT INTO notebook VALUES('4dbc1d1f753a4aa5ba8a1fa7e3ca4db2','double','5152bf232de74a3abd29315377ca83da','{"display_name": "Python 3 (ipykernel)", "language": "python", "name": "python3"}');
CREATE TABLE submitted_assignment (
	id VARCHAR(32) NOT NULL, 
	assignment_id VARCHAR(32), 
	student_id VARCHAR(128), 
	timestamp DATETIME, 
	extension DATETIME, 
	PRIMARY KEY (id), 
	UNIQUE (assignment_id, student_id), 
	FOREIGN KEY(assignment_id) REFERENCES assignment (id), 
	FOREIGN KEY(student_id) REFERENCES student (id)
);
INSERT INTO submitted_assignment VALUES('211f2f0126d84c6eb6538759192a9446','5152bf232de74a3abd29315377ca83da','ada',NULL,NULL);
CREATE TABLE base_cell (
	id VARCHAR(32) NOT NULL, 
	name VARCHAR(128) NOT NULL, 
	notebook_id VARCHAR(32) NOT NULL, 
	type VARCHAR(50), 
	PRIMARY KEY (id), 
	UNIQUE (name, notebook_id, type), 
	FOREIGN KEY(notebook_id) REFERENCES notebook (id)
);
INSERT INTO base_cell VALUES('68f93166e5ad441097052ab9f0958f16','double-implement-check','4dbc1d1f753a4aa5ba8a1fa7e3ca4db2','GradeCell');
INSERT INTO base_cell VALUES('a270168b4d4c4836a4d4f01ae9eaae12','zero-check','4dbc1d1f753a4aa5ba8a1fa7e3ca4db2','GradeCell');
INSERT INTO base_cell VALUES('9299f218a70f4e05a2fa603ec0ea32bd','double-implement','4dbc1d1f753a4aa5ba8a1fa7e3ca4db2','SolutionCell');
INSERT INTO base_cell VALUES('6bd288ae815d460ba96e87a382e2cae5','zero-implement','4dbc1d1f753a4aa5ba8a1fa7e3ca4db2','SolutionCell');
INSERT INTO base_cell VALUES('5b0679bc8f494ad8b1730ddefd668131','double-derive','4dbc1d1f753a4aa5ba8a1fa7e3ca4db2','TaskCell');
CREATE TABLE source_cell (
	id VARCHAR(32) NOT NULL, 
	name VARCHAR(128) NOT NULL, 
	cell_type VARCHAR(8) NOT NULL, 
	locked BOOLEAN NOT NULL, 
	source TEXT, 
	checksum VARCHAR(128), 
	notebook_id VARCHAR(32), 
	PRIMARY KEY (id), 
	UNIQUE (name, notebook_id), 
	FOREIGN KEY(notebook_id) REFERENCES notebook (id)
);
INSERT INTO source_cell VALUES('6c9a54b10a224e679957c509a72f948a','double-derive','markdown',1,replace('Derive $\frac{d}{dx} 2x$.\n\n### BEGIN MARK SCHEME\nThe limit of the SECRET quotient.\n### END MARK SCHEME','\n',char(10)),'653df8c25e72385a7eaf7a0c3203ca78','4dbc1d1f753a4aa5ba8a1fa7e3ca4db2');
INSERT INTO source_cell VALUES('7231ffd0104a48888f0812ee9c1985b4','double-implement','code',0,replace('def double(x):\n    ...  # YOUR CODE HERE','\n',char(10)),'cd6f338cda7f573ac1f64aaa738def99','4dbc1d1f753a4aa5ba8a1fa7e3ca4db2');
INSERT INTO source_cell VALUES('a511cf9764f04028943ab25c746b8ab6','double-implement-check','code',1,replace('from kit_utils import check\n\ntest = check.Test(points=4)\ntest.true("double(2) is 4", lambda: double(2) == 4, otherwise="double(2) is not 4.")\n### BEGIN HIDDEN TESTS\nSECRET = 2 * 8.5\ntest.true("double(8.5) is 17", lambda: double(8.5) == SECRET, otherwise="It is not doubled.", hint="Multiply by two.")\n### END HIDDEN TESTS\ntest.score()','\n',char(10)),'f2d5c5a31303a4c74882fcababa7e4a0','4dbc1d1f753a4aa5ba8a1fa7e3ca4db2');
INSERT INTO source_cell VALUES('e98808b7427b49aba7de6e72a0387525','zero-implement','code',0,replace('def zero():\n    ...  # YOUR CODE HERE','\n',char(10)),'f6fdbb375dc9ccf23b0027bf04a4ef43','4dbc1d1f753a4aa5ba8a1fa7e3ca4db2');
INSERT INTO source_cell VALUES('e88717bd9dd643cf9833dd0d8eb8cdc0','zero-check','code',1,'float(zero() == 0)','09e8186c5529e56f6313f041e5c36f67','4dbc1d1f753a4aa5ba8a1fa7e3ca4db2');
INSERT INTO source_cell VALUES('adf8be171ded45a497d49a094eb7f99e','look','code',1,replace('import base64\n\nfrom IPython.display import display\n\nPIXEL = base64.b64decode(\n    "iVBORw0KGgoAAAANSUhEUgAAAAEAAAABCAYAAAAfFcSJAAAADUlEQVR42mNk+M9QDwADhgGAWjR9awAAAABJRU5ErkJggg=="\n)\ndisplay({"image/png": PIXEL}, raw=True, metadata={"image/png": {"alt": "One pixel", "width": 3000}})\ndisplay({"image/png": PIXEL}, raw=True)','\n',char(10)),'7aac667c17ffb6c5ce704154f864922b','4dbc1d1f753a4aa5ba8a1fa7e3ca4db2');
CREATE TABLE submitted_notebook (
	id VARCHAR(32) NOT NULL, 
	assignment_id VARCHAR(32), 
	notebook_id VARCHAR(32), 
	flagged BOOLEAN, 
	late_submission_penalty FLOAT, 
	PRIMARY KEY (id), 
	UNIQUE (notebook_id, assignment_id), 
	FOREIGN KEY(assignment_id) REFERENCES submitted_assignment (id), 
	FOREIGN KEY(notebook_id) REFERENCES notebook (id)
);
INSERT INTO submitted_notebook VALUES('f8293a1d1e914ca6b740b839f980104f','211f2f0126d84c6eb6538759192a9446','4dbc1d1f753a4aa5ba8a1fa7e3ca4db2',0,NULL);
CREATE TABLE grade_cells (
	id VARCHAR(32) NOT NULL, 
	max_score FLOAT NOT NULL, 
	cell_type VARCHAR(8) NOT NULL, 
	PRIMARY KEY (id), 
	FOREIGN KEY(id) REFERENCES base_cell (id)
);
INSERT INTO grade_cells VALUES('68f93166e5ad441097052ab9f0958f16',4.0,'code');
INSERT INTO grade_cells VALUES('a270168b4d4c4836a4d4f01ae9eaae12',1.0,'code');
CREATE TABLE solution_cells (
	id VARCHAR(32) NOT NULL, 
	PRIMARY KEY (id), 
	FOREIGN KEY(id) REFERENCES base_cell (id)
);
INSERT INTO solution_cells VALUES('9299f218a70f4e05a2fa603ec0ea32bd');
INSERT INTO solution_cells VALUES('6bd288ae815d460ba96e87a382e2cae5');
CREATE TABLE task_cells (
	id VARCHAR(32) NOT NULL, 
	max_score FLOAT NOT NULL, 
	cell_type VARCHAR(8) NOT NULL, 
	PRIMARY KEY (id), 
	FOREIGN KEY(id) REFERENCES base_cell (id)
);
INSERT INTO task_cells VALUES('5b0679bc8f494ad8b1730ddefd668131',2.0,'markdown');
CREATE TABLE grade (
	id VARCHAR(32) NOT NULL, 
	notebook_id VARCHAR(32), 
	cell_id VARCHAR(32), 
	auto_score FLOAT, 
	manual_score FLOAT, 
	extra_credit FLOAT, 
	needs_manual_grade BOOLEAN NOT NULL, 
	PRIMARY KEY (id), 
	UNIQUE (cell_id, notebook_id), 
	FOREIGN KEY(notebook_id) REFERENCES submitted_notebook (id), 
	FOREIGN KEY(cell_id) REFERENCES base_cell (id)
);
INSERT INTO grade VALUES('5c20d5c1997a41df97285bab67e512b6','f8293a1d1e914ca6b740b839f980104f','68f93166e5ad441097052ab9f0958f16',2.0,NULL,NULL,0);
INSERT INTO grade VALUES('8e8d691867b2466da2f67de2f883fc4d','f8293a1d1e914ca6b740b839f980104f','a270168b4d4c4836a4d4f01ae9eaae12',0.0,NULL,NULL,0);
INSERT INTO grade VALUES('f368923cc96744b69408f283be851e2f','f8293a1d1e914ca6b740b839f980104f','5b0679bc8f494ad8b1730ddefd668131',NULL,NULL,NULL,1);
CREATE TABLE comment (
	id VARCHAR(32) NOT NULL, 
	notebook_id VARCHAR(32), 
	cell_id VARCHAR(32), 
	auto_comment TEXT, 
	manual_comment TEXT, 
	PRIMARY KEY (id), 
	UNIQUE (cell_id, notebook_id), 
	FOREIGN KEY(notebook_id) REFERENCES submitted_notebook (id), 
	FOREIGN KEY(cell_id) REFERENCES base_cell (id)
);
INSERT INTO comment VALUES('ea05bf542b5d4f7aa6515f0bdf83dbe7','f8293a1d1e914ca6b740b839f980104f','9299f218a70f4e05a2fa603ec0ea32bd',NULL,NULL);
INSERT INTO comment VALUES('064e8b9653554add936664078c7b7871','f8293a1d1e914ca6b740b839f980104f','6bd288ae815d460ba96e87a382e2cae5','No response.',NULL);
INSERT INTO comment VALUES('fd1834ccd5fc4c9fa2ff0d26e4f97d19','f8293a1d1e914ca6b740b839f980104f','5b0679bc8f494ad8b1730ddefd668131',NULL,NULL);
CREATE TABLE alembic_version (version_num VARCHAR(32) NOT NULL);
INSERT INTO alembic_version VALUES('e43177bfe90b');
COMMIT;
